import { expect, test } from "vitest";
import { runInlineProgram } from "../support/inline-program.ts";

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
	const { stdout } = await runInlineProgram(TRACE, [`${SOURCE}index.ts`]);
	const loaded = JSON.parse(stdout) as string[];
	expect(loaded).toContain(`${SOURCE}client/emit.ts`);
	const own = ["index", "errors", "identifier", "suggestion"].map((name) => `${SOURCE}${name}.ts`);
	const foreign = loaded.filter((url) => !own.includes(url) && !url.startsWith(`${SOURCE}client/`));
	expect(foreign).toEqual([]);
});
