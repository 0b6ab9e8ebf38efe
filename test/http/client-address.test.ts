import { expect, test } from "vitest";
import { clientAddress, trustedProxies } from "../../src/http/client-address.ts";

const isTrusted = trustedProxies(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]);

test.each<[string | undefined, string | string[] | undefined, string]>([
	["198.51.100.1", "203.0.113.9", "198.51.100.1"],
	["10.1.2.3", "203.0.113.9", "203.0.113.9"],
	["::ffff:10.1.2.3", "203.0.113.9", "203.0.113.9"],
	["fd00::1", "2001:DB8::1", "2001:db8::1"],
	["10.1.2.3", "1.1.1.1, 203.0.113.9, 192.0.2.7", "203.0.113.9"],
	["10.1.2.3", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"],
	["10.1.2.3", "10.9.9.9", "10.9.9.9"],
	["10.1.2.3", "unknown", "10.1.2.3"],
	["10.1.2.3", "", "10.1.2.3"],
	["10.1.2.3", undefined, "10.1.2.3"],
	[undefined, "203.0.113.9", ""],
])("a request from %j with X-Forwarded-For %j comes from %j", (remote, forwarded, expected) => {
	expect(clientAddress(remote, forwarded, isTrusted)).toBe(expected);
});
