import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseTokens } from "../../src/access/token.ts";
import { fillTemplate, parseTemplate } from "../../src/alerts/template.ts";
import { duration, moment, webAddress } from "../../src/cli/arguments.ts";
import { identifier, metadata } from "../../src/cli/event-filter.ts";
import { jsonNumber, jsonObject, jsonText } from "../../src/cli/json-argument.ts";
import { parseRules } from "../../src/cli/watches/rules-file.ts";
import { stateFileIn } from "../../src/composition/state-file.ts";
import { isWithoutProxy, parseNoProxy } from "../../src/config/no-proxy.ts";
import { VARIABLES } from "../../src/config/settings.ts";
import { readConfig } from "../../src/config.ts";
import { withEnvironment } from "../../src/connection/environment.ts";
import { parseConnection } from "../../src/connection/parse.ts";
import { passwordFromFile } from "../../src/connection/password-file.ts";
import { withService } from "../../src/connection/service-file.ts";
import { readJson } from "../../src/console/app/api/exact-numbers.ts";
import { metadataAsTyped, readMetadata } from "../../src/console/app/pages/events/metadata.ts";
import { readMoment } from "../../src/console/app/pages/events/moment.ts";
import { didYouMean } from "../../src/suggestion.ts";
import type { Reader } from "./reader.ts";

const token = { name: "olga", role: "operator", secret: "a-token-of-these-tests" } as const;
const DATABASE_URL = "postgres://h/d";
const STATE_FILE = `reward-outbox-${createHash("sha256").update(DATABASE_URL).digest("hex").slice(0, 16)}.json`;

/** What is typed, and what is in files and in the environment. */
export const TYPED: readonly Reader[] = [
	{ name: "duration", read: duration, examples: ["2h", "1.5d"], refusesWith: ["InvalidArgumentError"] },
	{
		name: "moment",
		read: moment,
		examples: ["2026-03-01T10:00Z", "2h", "2026-03-01"],
		refusesWith: ["InvalidArgumentError"],
	},
	{ name: "webAddress", read: webAddress, examples: ["https://a.example/x"], refusesWith: ["InvalidArgumentError"] },
	{ name: "identifier", read: identifier, refusesWith: ["InvalidArgumentError"] },
	{
		name: "metadata",
		read: metadata,
		examples: ["order_id=4711", '{"a":1}'],
		refusesWith: ["InvalidArgumentError"],
	},
	{ name: "jsonNumber", read: jsonNumber, examples: ["-1.5e3"], refusesWith: ["InvalidArgumentError"] },
	{ name: "jsonText", read: jsonText, examples: ["[1]"], refusesWith: ["InvalidArgumentError"] },
	{ name: "jsonObject", read: jsonObject, examples: ["{}"], refusesWith: ["InvalidArgumentError"] },
	{ name: "didYouMean", read: (text) => didYouMean(text, VARIABLES), examples: ["REWARD_OUTBOX_CONCURENCY"] },
	{
		name: "parseRules",
		read: parseRules,
		// A person's own file, read by the command that the person has begun, by a parser that is not ours.
		mostCpuMs: 2_000,
		examples: [
			`a: &a [x]\n${Array.from({ length: 30 }, (_, n) => `b${n}: &b${n} [*a, *a]\n`).join("")}`,
			"watches:\n  paid:\n    table: public.orders\n    operations: [INSERT]\n",
			'{"watches":{}}',
		],
		refusesWith: ["UsageError"],
	},
	{
		name: "parseTokens",
		read: (text) => parseTokens(text, token),
		examples: ["olga operator a-secret-of-20-letters\n"],
	},
	{
		name: "the environment",
		// Each variable has the text, and two readings.
		mostCpuMs: 1_500,
		read: (text) => {
			const environment = Object.fromEntries(VARIABLES.map((name) => [name, text]));
			readConfig(environment, ["database", "listen", "reward", "delivery", "http", "alerts", "state"]);
			return readConfig({ ...environment, [`REWARD_OUTBOX_${text}`]: "1" }, ["database"]);
		},
		examples: ["https://a.example", "15000", "127.0.0.1:8787"],
	},
	{
		name: "parseTemplate",
		read: (text) => {
			const parsed = parseTemplate(text);
			return "value" in parsed ? fillTemplate(parsed.value, { title: text } as never) : parsed;
		},
		examples: ['{"text":"{{title}}: {{ description }}"}'],
	},
	{
		name: "isWithoutProxy",
		read: (text) => {
			const parsed = parseNoProxy(text);
			return "value" in parsed && isWithoutProxy(new URL("https://api.example.com"), parsed.value);
		},
		examples: ["localhost,.example.com:443,10.0.0.0/8,[::1]"],
	},
	{
		name: "parseConnection",
		read: parseConnection,
		examples: ["postgresql://a:b@h1:1,[::1]:2/d?sslmode=require", "host=a password='it\\'s' port=1"],
	},
	{
		name: "withEnvironment",
		read: (text) => withEnvironment(text, { PGUSER: text, PGOPTIONS: text }),
		examples: ["postgresql://a:b@h/d"],
	},
	{
		name: "the service file",
		read: (text, folder) => withService({ service: "shop", servicefile: fileIn(folder, "service", text) }),
		examples: ["[shop]\nhost=a\nport=1\n"],
		refusesWith: ["OutboxError"],
	},
	{
		name: "the password file",
		read: (text, folder) =>
			passwordFromFile(fileIn(folder, "pgpass", text), { host: "a", port: 1, database: "d", user: "u" }),
		examples: ["a:1:d:u:secret\n*:*:*:*:other\n"],
		refusesWith: ["OutboxError"],
	},
	{
		name: "the relay's own state",
		read: (text, folder) => {
			fileIn(folder, STATE_FILE, text);
			return stateFileIn(folder, DATABASE_URL).read();
		},
		examples: ['{"proofId":"a","lineage":[]}'],
		refusesWith: ["SyntaxError", "Error", "OutboxError"],
	},
	{ name: "readJson of the page", read: readJson, examples: ['{"a":1.10}'], refusesWith: ["SyntaxError"] },
	{ name: "readMetadata of the page", read: readMetadata, examples: ["order_id=4711", '{"a":1}'] },
	{
		name: "metadataAsTyped of the page",
		read: (text) => metadataAsTyped(JSON.stringify({ [text]: text })),
	},
	{ name: "readMoment of the page", read: readMoment, examples: ["2026-03-01 10:00", "yesterday"] },
];

function fileIn(folder: string, name: string, text: string): string {
	const path = join(folder, name);
	writeFileSync(path, text, { mode: 0o600 });
	return path;
}
