import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { VARIABLES } from "../../src/config.ts";
import { ROOT, readText } from "./documented.ts";
import { renderChart } from "./helm-template.ts";
import { type Manifest, schemaProblem, unknownFields } from "./kubernetes-schemas.ts";

const CHART = "deploy/helm/reward-outbox";
const run = promisify(execFile);
const hasHelm = await run("helm", ["version"]).then(
	() => true,
	() => false,
);

async function readFolder(folder: string): Promise<Record<string, string>> {
	const names = (await readdir(join(ROOT, CHART, folder))).sort();
	const texts = names.map(async (name) => [name, await readText(`${CHART}/${folder}/${name}`)] as const);
	return Object.fromEntries(await Promise.all(texts));
}

const values = parse(await readText(`${CHART}/values.yaml`));
const templates = await readFolder("templates");
const files = Object.fromEntries(
	Object.entries(await readFolder("files")).map(([name, text]) => [`files/${name}`, text] as const),
);
const { version } = JSON.parse(await readText("package.json"));

const on = { enabled: true };
/** Everything there is, switched on. */
const ALL = {
	...values,
	database: "games",
	env: { REWARD_OUTBOX_BACKOFF_CAP_MS: "7200000", LOG_LEVEL: "debug" },
	secretEnv: { REWARD_OUTBOX_ALERT_WEBHOOK_URL: { name: "reward-outbox-alerts", key: "url" } },
	imagePullSecrets: [{ name: "registry" }],
	nodeSelector: { "kubernetes.io/arch": "arm64" },
	tolerations: [{ key: "batch", operator: "Exists" }],
	networkPolicy: { ...values.networkPolicy, ...on },
	podMonitor: { ...values.podMonitor, ...on },
	prometheusRule: { ...on, docsUrl: "https://wiki.example.org/outbox" },
	dashboard: { ...values.dashboard, ...on },
	autoscaling: { ...values.autoscaling, ...on },
};

function render(given: unknown, release = "reward-outbox"): Manifest[] {
	const rendered = renderChart({ values: given, release, version, files, templates });
	return Object.values(rendered).flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()));
}
const one = (manifests: readonly Manifest[], kind: string) =>
	manifests.find((manifest) => manifest.kind === kind) as Manifest;
const kinds = (manifests: readonly Manifest[]) => manifests.map(({ kind }) => kind).sort();

describe("the chart", () => {
	test("is of this version", async () => {
		expect(parse(await readText(`${CHART}/Chart.yaml`))).toMatchObject({ version, appVersion: version });
	});

	test.each([
		["files/rules.yml", "deploy/prometheus/reward-outbox.rules.yml"],
		["files/dashboard.json", "deploy/grafana/reward-outbox.json"],
	])("has %s as %s is (cp, after a change)", async (file, source) => {
		expect(files[file]).toBe(await readText(source));
	});

	test.each([
		["with its values as they are", values, ["Deployment", "Job", "PodDisruptionBudget", "Service"]],
		[
			"with everything",
			ALL,
			[
				"ConfigMap",
				"Deployment",
				"Job",
				"NetworkPolicy",
				"PodDisruptionBudget",
				"PodMonitor",
				"PrometheusRule",
				"ScaledObject",
				"Service",
			],
		],
	])("%s becomes what the schemas say, with no field that does not exist", async (_, given, expected) => {
		const manifests = render(given);
		expect(kinds(manifests)).toEqual(expected);
		expect(manifests.map(schemaProblem).filter((problem) => problem !== null)).toEqual([]);
		expect(await unknownFields(manifests)).toBe("");
	});

	test("becomes what the plain manifests are, but for labels and what Helm adds", async () => {
		const folder = "deploy/kubernetes";
		const names = ["relay", "migrate", "network-policy", "pod-monitor", "scaled-object"];
		const texts = await Promise.all(names.map((name) => readText(`${folder}/${name}.yaml`)));
		const plain: Manifest[] = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()));
		const shop = {
			...ALL,
			...{ env: {}, secretEnv: {}, database: "shop", imagePullSecrets: [], nodeSelector: {}, tolerations: [] },
		};
		const rendered = render(shop);
		for (const manifest of plain) expect(bare(one(rendered, manifest.kind)), manifest.kind).toEqual(bare(manifest));
	});

	test("names settings that exist, takes secrets by reference, and keeps two releases apart", () => {
		const [first, second] = [render(ALL, "shop"), render(ALL, "games")];
		const { env } = one(first, "Deployment").spec.template.spec.containers[0];
		expect(env.map(({ name }: { name: string }) => name).filter((name: string) => !VARIABLES.includes(name))).toEqual(
			[],
		);
		expect(env).toContainEqual({
			name: "REWARD_OUTBOX_ALERT_WEBHOOK_URL",
			valueFrom: { secretKeyRef: { name: "reward-outbox-alerts", key: "url" } },
		});
		expect(env).toContainEqual({ name: "REWARD_OUTBOX_BACKOFF_CAP_MS", value: "7200000" });
		const selector = (manifests: readonly Manifest[]) => one(manifests, "Service").spec.selector;
		expect(selector(first)).not.toEqual(selector(second));
		expect(one(first, "Deployment").metadata.name).toBe("shop-reward-outbox");
	});

	test("writes large numbers as numbers, which Helm does not by itself", () => {
		const autoscaling = { ...values.autoscaling, ...on, pendingPerReplica: 2_500_000 };
		const { triggers } = one(render({ ...values, autoscaling }), "ScaledObject").spec;
		expect(triggers.map(({ metadata }: { metadata: { threshold: string } }) => metadata.threshold)).toEqual([
			"30",
			"2500000",
		]);
	});

	test("pins the image by its digest where one is given", () => {
		const digest = `sha256:${"a".repeat(64)}`;
		const manifests = render({ ...values, image: { ...values.image, digest } });
		expect(one(manifests, "Deployment").spec.template.spec.containers[0].image).toBe(`reward-outbox@${digest}`);
	});

	test("links alerts to the documentation it is given, and does not go without", () => {
		const rules = JSON.stringify(one(render(ALL), "PrometheusRule"));
		expect(rules).toContain('"runbook_url":"https://wiki.example.org/outbox/docs/runbook.md#no_relay"');
		expect(rules).not.toContain("outbox.example.com");
		expect(() => render({ ...ALL, prometheusRule: { ...on, docsUrl: "" } })).toThrow("prometheusRule.docsUrl");
	});

	test("has a schema that knows each value, and no others", async () => {
		const schema = JSON.parse(await readText(`${CHART}/values.schema.json`));
		const paths = (given: object, properties: Record<string, { properties?: object }>): string[] =>
			Object.keys(given).filter((name) => properties[name] === undefined);
		expect(paths(values, schema.properties)).toEqual([]);
		for (const [name, { properties }] of Object.entries<{ properties?: Record<string, object> }>(schema.properties)) {
			if (properties !== undefined)
				expect(Object.keys(properties).sort(), name).toEqual(Object.keys(values[name]).sort());
		}
	});

	test.skipIf(!hasHelm)("is taken by Helm, which makes the same of it", async () => {
		await run("helm", ["lint", "--strict", join(ROOT, CHART)]);
		const flags = ["--set", "prometheusRule.docsUrl=https://wiki.example.org/outbox", "--set", "database=shop"];
		const all = ["networkPolicy", "podMonitor", "prometheusRule", "dashboard", "autoscaling"];
		const switches = all.flatMap((name) => ["--set", `${name}.enabled=true`]);
		const { stdout } = await run("helm", ["template", "reward-outbox", join(ROOT, CHART), ...flags, ...switches]);
		const byKind = (manifests: readonly Manifest[]) => manifests.toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
		const real = parseAllDocuments(stdout).map((document) => document.toJS());
		const empty = { env: {}, secretEnv: {}, imagePullSecrets: [], nodeSelector: {}, tolerations: [] };
		expect(byKind(real)).toEqual(byKind(render({ ...ALL, ...empty, database: "shop" })));
	});
});

/** Without what Helm adds, and what autoscaling leaves to KEDA. */
function bare(manifest: Manifest): unknown {
	const text = JSON.stringify({ kind: manifest.kind, name: manifest.metadata.name, spec: manifest.spec });
	const bared = JSON.parse(text, (name, value) =>
		name === "imagePullPolicy" || /^app\.kubernetes\.io\/(instance|version|managed-by)$/.test(name) ? undefined : value,
	);
	if (manifest.kind === "Deployment") delete bared.spec.replicas;
	if (manifest.kind === "NetworkPolicy") delete bared.spec.podSelector.matchLabels["app.kubernetes.io/component"];
	return bared;
}
