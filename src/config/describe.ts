import type { Setting } from "./setting.ts";
import { ALL_SETTINGS } from "./settings.ts";

/** The settings as text for a terminal: what each means, below its name. */
export function settingLines(): string {
	const lines = ALL_SETTINGS.map(
		(setting) => `  ${setting.variable}\n      ${meaningOf(setting)} (default: ${setting.shownDefault})`,
	);
	return lines.join("\n");
}

/** The settings as a table in Markdown; `npm run docs:settings` puts it into the README. */
export function settingsTable(): string {
	const rows = ALL_SETTINGS.map(
		(setting) => `| \`${setting.variable}\` | ${markedUp(meaningOf(setting))} | ${markedUp(setting.shownDefault)} |`,
	);
	return ["| variable | meaning | default |", "|---|---|---|", ...rows].join("\n");
}

const ENV_HEAD = `# What a relay and the commands read from the environment. Copy it to .env, and take out the # where the default will not do.
# Run with it: node --env-file=.env, docker run --env-file .env, EnvironmentFile= of systemd. Keep it out of version control.
`;

/** The settings as a file of an environment, each commented out; \`npm run docs:settings\` writes .env.example. */
export function environmentFile(): string {
	const settings = ALL_SETTINGS.map(
		(setting) => `# ${meaningOf(setting)} (default: ${setting.shownDefault})\n#${setting.variable}=\n`,
	);
	return [ENV_HEAD, ...settings].join("\n");
}

function meaningOf({ meaning, range, variable }: Setting<unknown>): string {
	if (range === undefined) return meaning;
	const unit = variable.endsWith("_MS") ? " ms" : "";
	return `${meaning}; ${range[0]} to ${range[1]}${unit}`;
}

/** What is typed looks like it. */
function markedUp(text: string): string {
	const typed = /(https:\/\/[\w.]+|127\.0\.0\.1:8787|sk_test_|https?:(?!\/)|"[^"]+")/g;
	return text.replace(typed, (part) => `\`${part.replaceAll('"', "")}\``);
}
