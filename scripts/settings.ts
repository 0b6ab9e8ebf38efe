// Puts the table of settings into the README, and writes .env.example, from where they are defined.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { environmentFile, settingsTable } from "../src/config/describe.ts";

const file = join(import.meta.dirname, "../README.md");
const readme = await readFile(file, "utf8");
await writeFile(
	file,
	readme.replace(/(?<=\n)\| variable \| meaning \| default \|\n(?:\|.*\n)+/, () => `${settingsTable()}\n`),
);
await writeFile(join(import.meta.dirname, "../.env.example"), environmentFile());
