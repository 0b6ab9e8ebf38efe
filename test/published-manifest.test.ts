import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publishedManifest } from "../scripts/published-manifest.ts";

const MANIFEST = JSON.parse(await readFile(join(import.meta.dirname, "../package.json"), "utf8"));

test("what is published has nothing that only a checkout needs", () => {
	const { name, version, exports, ...rest } = publishedManifest(MANIFEST, {});
	expect([name, version, exports]).toEqual([MANIFEST.name, MANIFEST.version, MANIFEST.exports]);
	for (const key of ["dependencies", "devDependencies", "scripts", "allowScripts"])
		expect(rest).not.toHaveProperty(key);
});

test("where it is published from is said by who publishes it, and by nobody else", () => {
	expect(publishedManifest(MANIFEST, {})).not.toHaveProperty("repository");
	const environment = { GITHUB_SERVER_URL: "https://code.example", GITHUB_REPOSITORY: "shop/reward-outbox" };
	expect(publishedManifest(MANIFEST, environment)).toMatchObject({
		repository: { type: "git", url: "git+https://code.example/shop/reward-outbox.git" },
		homepage: "https://code.example/shop/reward-outbox#readme",
		bugs: { url: "https://code.example/shop/reward-outbox/issues" },
	});
});
