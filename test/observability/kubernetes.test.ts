import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { VARIABLES } from "../../src/config.ts";
import { ROOT, readText } from "./documented.ts";
import { type Manifest, schemaProblem, unknownFields } from "./kubernetes-schemas.ts";

const FOLDER = "deploy/kubernetes";
const { version } = JSON.parse(await readText("package.json"));
const files = (await readdir(join(ROOT, FOLDER))).filter((name) => name.endsWith(".yaml"));
const texts = await Promise.all(files.map(async (name) => [name, await readText(`${FOLDER}/${name}`)] as const));
const kustomization = parse(texts.find(([name]) => name === "kustomization.yaml")?.[1] ?? "");
const manifests: Manifest[] = texts
	.filter(([name]) => name !== "kustomization.yaml")
	.flatMap(([, text]) => parseAllDocuments(text).map((document) => document.toJS()));

const only = (kind: string): Manifest => {
	const [found, ...others] = manifests.filter((manifest) => manifest.kind === kind);
	expect(others, kind).toEqual([]);
	return found as Manifest;
};
const pods = manifests.filter(({ kind }) => ["Deployment", "Job"].includes(kind)).map(({ spec }) => spec.template);
const containers = pods.flatMap(({ spec }) => spec.containers);
const selects = (selector: Record<string, string>, labels: Record<string, string>) =>
	Object.entries(selector).every(([name, value]) => labels[name] === value);

describe("the Kubernetes manifests", () => {
	test.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
		"%s is what its schema says",
		(_, manifest) => expect(schemaProblem(manifest)).toBeNull(),
	);

	test("have no field that does not exist, which a server would drop in silence", async () => {
		expect(await unknownFields(manifests)).toBe("");
		const { spec, ...budget } = only("PodDisruptionBudget");
		const misspelt = await unknownFields([{ ...budget, spec: { ...spec, maxUnavailble: 1 } }]);
		expect(misspelt).toContain("maxUnavailble");
	});

	test("select pods that are there, by labels that they have", () => {
		const relay = only("Deployment").spec;
		const { labels } = relay.template.metadata;
		const selectors = [
			relay.selector.matchLabels,
			...relay.template.spec.topologySpreadConstraints.map(
				({ labelSelector }: { labelSelector: { matchLabels: Record<string, string> } }) => labelSelector.matchLabels,
			),
			only("Service").spec.selector,
			only("PodDisruptionBudget").spec.selector.matchLabels,
			only("PodMonitor").spec.selector.matchLabels,
			only("NetworkPolicy").spec.podSelector.matchLabels,
		];
		expect(selectors.filter((selector) => !selects(selector, labels))).toEqual([]);
		// A migration is no relay: nobody sends it people, and it does not count for the budget.
		const migration = only("Job").spec.template.metadata.labels;
		expect(selectors.filter((selector) => selects(selector, migration))).toEqual([
			only("NetworkPolicy").spec.podSelector.matchLabels,
		]);
		expect(only("ScaledObject").spec.scaleTargetRef.name).toBe(only("Deployment").metadata.name);
	});

	test("name ports that containers have", () => {
		const ports = containers.flatMap(({ ports: own = [] }) => own.map(({ name }: { name: string }) => name));
		const named = [...JSON.stringify(manifests).matchAll(/"(?:port|targetPort)":"([a-z]+)"/g)].map(([, name]) => name);
		expect(named.length).toBeGreaterThan(5);
		expect(named.filter((name) => !ports.includes(name))).toEqual([]);
	});

	test("pin the image to this version, run as nobody in particular, and write no secret down", () => {
		for (const { image, env, securityContext } of containers) {
			expect(image).toBe(`reward-outbox:${version}`);
			expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
			for (const { name, value } of env) {
				expect(VARIABLES).toContain(name);
				if (!/_FILE$|_ADDR$/.test(name)) expect(value, name).toBeUndefined();
			}
		}
		for (const { spec } of pods) {
			expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
			expect(spec.securityContext.runAsNonRoot).toBe(true);
		}
	});

	test("give a relay longer to stop than it takes", async () => {
		const { terminationGracePeriodSeconds } = only("Deployment").spec.template.spec;
		const { DELIVERY_DEFAULTS } = await import("../../src/config.ts");
		expect(terminationGracePeriodSeconds * 1000).toBeGreaterThan(DELIVERY_DEFAULTS.shutdownGraceMs);
	});

	test("turn the pod's label into the metrics' label that alerts are told apart by", () => {
		const { labels } = only("Deployment").spec.template.metadata;
		const [{ relabelings }] = only("PodMonitor").spec.podMetricsEndpoints;
		const [{ sourceLabels, targetLabel }] = relabelings;
		const meta = Object.keys(labels).map(
			(name) => `__meta_kubernetes_pod_label_${name.replace(/[^a-zA-Z0-9_]/g, "_")}`,
		);
		expect(meta).toContain(sourceLabels[0]);
		expect(targetLabel).toBe("database");
		const { triggers } = only("ScaledObject").spec;
		for (const { metadata } of triggers)
			expect(metadata.query).toContain(`database="${labels["reward-outbox/database"]}"`);
	});

	test("are all named by the kustomization, or left to those who have an operator for them", async () => {
		const text = await readText(`${FOLDER}/kustomization.yaml`);
		const others = files.filter((name) => name !== "kustomization.yaml" && !kustomization.resources.includes(name));
		expect(others).toEqual(["migrate.yaml", "pod-monitor.yaml", "scaled-object.yaml"]);
		for (const name of others) expect(text).toContain(name);
	});
});
