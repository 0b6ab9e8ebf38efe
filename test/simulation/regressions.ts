import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Story } from "./story.ts";

/** Stories that failed once, as small as they could be made. */
const FOLDER = join(import.meta.dirname, "stories");

/** Keeps a story, so that the tests run it from now on. Returns its path. */
export async function keepStory(name: string, story: Story): Promise<string> {
	await mkdir(FOLDER, { recursive: true });
	const path = join(FOLDER, `${name}.json`);
	await writeFile(path, `${JSON.stringify(story, null, "\t")}\n`);
	return path;
}

export async function keptStories(): Promise<readonly { readonly name: string; readonly story: Story }[]> {
	const files = (await readdir(FOLDER)).filter((file) => file.endsWith(".json")).sort();
	return Promise.all(
		files.map(async (file) => ({
			name: file.slice(0, -".json".length).replaceAll("-", " "),
			story: JSON.parse(await readFile(join(FOLDER, file), "utf8")) as Story,
		})),
	);
}
