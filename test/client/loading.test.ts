import { execFile as execFileCallback } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const execFile = promisify(execFileCallback);
const SOURCE = new URL("../../src/", import.meta.url).href;

/** Prints the URL of every module that importing its argument loads. */
const TRACE = `
import { registerHooks } from "node:module";
const loaded = [];
registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
await import(process.argv[1]);
console.log(JSON.stringify(loaded));
`;

test("importing the client loads the client: no relay, no driver, nothing installed", async () => {
	const { stdout } = await execFile("node", ["--input-type=module", "--eval", TRACE, `${SOURCE}index.ts`]);
	const loaded = JSON.parse(stdout) as string[];
	expect(loaded).toContain(`${SOURCE}client/emit.ts`);
	const own = [`${SOURCE}index.ts`, `${SOURCE}errors.ts`, `${SOURCE}suggestion.ts`];
	const foreign = loaded.filter((url) => !own.includes(url) && !url.startsWith(`${SOURCE}client/`));
	expect(foreign).toEqual([]);
});
