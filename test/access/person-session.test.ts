import { expect, test } from "vitest";
import { Access } from "../../src/access/access.ts";
import { SESSION_COOKIE, SESSION_MS } from "../../src/access/session.ts";
import type { Identity } from "../../src/access/token.ts";

const KEY = Buffer.from("k".repeat(32));
const ANNA: Identity = { name: "oidc:anna@example.com", role: "viewer" };

let now = 1_700_000_000_000;
function access(peopleKey?: Buffer): Access {
	return new Access({
		tokens: [],
		...(peopleKey === undefined ? {} : { peopleKey }),
		clock: () => now,
		wallClock: () => now,
	});
}

const enter = (one: Access, cookie: string) => one.enter({ cookie: `${SESSION_COOKIE}=${cookie}` }, "10.0.0.1");

test("a person's session is known to every console with the same settings, and ends after twelve hours", () => {
	const cookie = access(KEY).admit(ANNA)?.cookie ?? "";
	const expiresAt = now + SESSION_MS;
	expect(enter(access(KEY), cookie)).toEqual({ kind: "session", identity: ANNA, expiresAt });
	now += SESSION_MS;
	expect(enter(access(KEY), cookie)).toEqual({ kind: "refused", by: "session" });
});

test("nobody makes an operator of a viewer, another of oneself, or a session last longer", () => {
	const cookie = access(KEY).admit(ANNA)?.cookie ?? "";
	const [version, name, , expiry, signature] = cookie.split(".");
	const other = Buffer.from("oidc:boss@example.com").toString("base64url");
	for (const forged of [
		[version, name, "operator", expiry, signature],
		[version, other, "viewer", expiry, signature],
		[version, name, "viewer", `${expiry}0`, signature],
		[version, name, "viewer", expiry, `${signature}=`],
		[version, name, "viewer", expiry],
	]) {
		expect(enter(access(KEY), forged.join("."))).toEqual({ kind: "refused", by: "session" });
	}
	expect(enter(access(Buffer.from("j".repeat(32))), cookie)).toEqual({ kind: "refused", by: "session" });
});

test("where there is no provider, no person is let in, whatever they show", () => {
	const cookie = access(KEY).admit(ANNA)?.cookie ?? "";
	expect(access().admit(ANNA)).toBeNull();
	expect(enter(access(), cookie)).toEqual({ kind: "refused", by: "session" });
});
