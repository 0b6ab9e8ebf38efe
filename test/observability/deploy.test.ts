import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { VARIABLES } from "../../src/config.ts";
import { documentedMetrics, ROOT, readText } from "./documented.ts";

const run = promisify(execFile);
const RULES = "deploy/prometheus/reward-outbox.rules.yml";
const RULE_TESTS = "deploy/prometheus/reward-outbox.rules.test.yml";
const hasPromtool = await run("promtool", ["--version"]).then(
	() => true,
	() => false,
);

interface Alert {
	readonly alert: string;
	readonly expr: string;
	readonly labels: { readonly severity: string };
	readonly annotations: Readonly<Record<string, string>>;
}

interface RuleTest {
	readonly promql_expr_test: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[];
}

interface Panel {
	readonly title: string;
	readonly type: string;
	readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
	readonly targets?: readonly { readonly expr: string }[];
}

const alerts: Alert[] = parse(await readText(RULES)).groups.flatMap((group: { rules: Alert[] }) => group.rules);
const panels: Panel[] = JSON.parse(await readText("deploy/grafana/reward-outbox.json")).panels;
const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Metrics an expression reads that docs/metrics.md, and by its test the relay, does not know. */
async function unknownMetrics(expression: string): Promise<string[]> {
	const documented = await documentedMetrics();
	const series = documented.flatMap(({ name, type }) =>
		type === "histogram" ? ["bucket", "sum", "count"].map((part) => `${name}_${part}`) : [name],
	);
	return [...expression.matchAll(/\breward_outbox_\w+/g)]
		.map(([name]) => name)
		.filter((name) => !series.includes(name));
}

describe("the alert rules", () => {
	test.each(alerts.map((alert) => [alert.alert, alert] as const))(
		"%s reads metrics that exist and says what to do",
		async (_, alert) => {
			expect(await unknownMetrics(alert.expr)).toEqual([]);
			expect(alert.expr).toContain("reward_outbox_");
			expect(["critical", "warning"]).toContain(alert.labels.severity);
			expect(alert.annotations).toMatchObject({
				summary: expect.any(String),
				description: expect.any(String),
				runbook_url: expect.stringMatching(/^https:\/\/outbox\.example\.com\/docs\/runbook\.md#\w+$/),
			});
		},
	);

	test("none adds up or compares two outboxes, and each that aggregates is tested with two", async () => {
		const text = await readText(RULE_TESTS);
		const aggregating = alerts.filter(({ expr }) => /\b(?:sum|max|min|avg|count)\b/.test(expr));
		expect(aggregating.length).toBeGreaterThan(5);
		for (const { alert, expr } of aggregating) {
			expect(expr.replace(/\b(?:sum|max) by \(database\) \(/g, "")).not.toMatch(/\b(?:sum|max|min|avg|count)\b/);
			expect(text).toContain(`- name: ${alert} tells two databases apart`);
		}
	});

	test("each is tested to fire and not to", async () => {
		const tests: RuleTest[] = parse(await readText(RULE_TESTS)).tests;
		for (const { alert } of alerts) {
			const about = tests
				.flatMap(({ promql_expr_test }) => promql_expr_test)
				.filter(({ expr }) => expr.includes(`alertname="${alert}"`));
			expect(about.filter(({ exp_samples }) => exp_samples.length > 0).length, `${alert} fires`).toBeGreaterThan(0);
			expect(about.filter(({ exp_samples }) => exp_samples.length === 0).length, `${alert} is quiet`).toBeGreaterThan(
				0,
			);
		}
	});

	test.skipIf(!hasPromtool)("promtool takes the rules and the configuration, and their tests pass", async () => {
		await run("promtool", ["check", "rules", join(ROOT, RULES)]);
		await run("promtool", ["check", "config", "--syntax-only", join(ROOT, "deploy/prometheus/prometheus.yml")]);
		await run("promtool", ["test", "rules", join(ROOT, RULE_TESTS)]);
	});
});

describe("the dashboard", () => {
	test("has no expression over a metric that does not exist", async () => {
		expect(expressions.length).toBeGreaterThan(30);
		for (const expr of expressions) expect(await unknownMetrics(expr), expr).toEqual([]);
	});

	test("shows one database at a time", () => {
		const selectors = expressions.flatMap((expr) => [...expr.matchAll(/\breward_outbox_\w+(.{0,12})/g)]);
		expect(selectors.filter(([, next]) => !next?.startsWith('{database="')).map(([text]) => text)).toEqual([]);
	});

	test("shows each metric there is", async () => {
		const shown = expressions.join("\n");
		const missing = (await documentedMetrics()).filter(
			({ name }) => !new RegExp(`\\b${name}(?:_bucket|_sum|_count)?\\b`).test(shown),
		);
		expect(missing).toEqual([]);
	});

	test("has no panels on top of each other", () => {
		const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
			expect(x + w).toBeLessThanOrEqual(24);
			return Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`);
		});
		expect(new Set(cells).size).toBe(cells.length);
	});

	test.skipIf(!hasPromtool)("promtool takes every expression", async () => {
		const folder = await mkdtemp(join(tmpdir(), "reward-outbox-promtool-"));
		try {
			const filled = expressions.map((expr) =>
				expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*").replaceAll("$database", "shop"),
			);
			const rules = filled.map((expr, n) => ({ record: `panel:${n}`, expr }));
			await writeFile(join(folder, "rules.yml"), JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
			await run("promtool", ["check", "rules", join(folder, "rules.yml")]);
		} finally {
			await rm(folder, { recursive: true });
		}
	});
});

describe("the examples", () => {
	test.each(["deploy/kubernetes/relay.yaml", "deploy/systemd/reward-outbox.service"])(
		"%s names only variables that exist",
		async (path) => {
			const text = (await readText(path)).replace(/REWARD_OUTBOX_…/g, "");
			const named = text.match(/\b(?:REWARD_OUTBOX|REWARD_API|DATABASE)_[A-Z_]+\b/g) ?? [];
			expect(named.length).toBeGreaterThan(0);
			expect(named.filter((name) => !(VARIABLES as readonly string[]).includes(name))).toEqual([]);
		},
	);

	test("the Kubernetes one is YAML with a deployment that may run without being root", async () => {
		const [deployment] = parseAllDocuments(await readText("deploy/kubernetes/relay.yaml")).map((document) =>
			document.toJS(),
		);
		expect(deployment).toMatchObject({
			kind: "Deployment",
			spec: { template: { spec: { securityContext: { runAsNonRoot: true }, containers: [{ args: ["relay"] }] } } },
		});
	});
});
