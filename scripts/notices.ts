// The licences of what is built in: most of them ask to be passed on.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes the names, versions and licences of the packages that these modules belong to. */
export async function writeNotices(modules: readonly string[], file: string): Promise<void> {
	const folders = new Set(modules.flatMap(packageFolder));
	const notices = await Promise.all([...folders].sort().map(notice));
	const head = "reward-outbox is built with the following packages.";
	await writeFile(file, `${[head, ...notices].join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
}

function packageFolder(module: string): string[] {
	const match = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module.replace(/^\0/, ""));
	return match === null ? [] : [match[0]];
}

async function notice(folder: string): Promise<string> {
	const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
	const licence = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name));
	const text = licence === undefined ? "" : await readFile(join(folder, licence), "utf8");
	return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${text}`.trim();
}
