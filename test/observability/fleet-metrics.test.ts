import { expect, test } from "vitest";
import { joinedTexts } from "../../src/composition/fleet/metrics.ts";
import { createFleetMetrics } from "../../src/metrics/fleet.ts";
import { exposedMetrics, readText, tableRows } from "./documented.ts";

function fleetMetrics() {
	return createFleetMetrics({
		version: "0",
		processUsage: undefined,
		concurrency: 8,
		read: () => ({ databases: new Map([["running", 2]]), ready: 2, fileOk: true, inFlight: 1, waiting: 0 }),
	});
}

test("docs/many-databases.md tells each metric that many databases have beside those of each, and no other", async () => {
	const documented = tableRows(await readText("docs/many-databases.md"))
		.filter(([name = ""]) => name.startsWith("`reward_outbox_"))
		.map(([name = "", type, labels = ""]) => ({
			name: name.replaceAll("`", ""),
			type,
			labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
		}));
	const ofAny = /^reward_outbox_(?:build_info|event_loop_)/;
	const exposed = exposedMetrics(await fleetMetrics().text()).filter(({ name }) => !ofAny.test(name));
	const sorted = (metrics: readonly { readonly name: string }[]) =>
		metrics.toSorted((a, b) => a.name.localeCompare(b.name));
	expect(sorted(exposed)).toEqual(sorted(documented));
});

test("texts of several databases become one, with each metric described once", () => {
	const of = (database: string) =>
		`# HELP a_total A.\n# TYPE a_total counter\na_total{database="${database}"} 1\n\n# HELP b B.\n# TYPE b gauge\nb{database="${database}"} 2\n`;
	expect(joinedTexts([of("x"), "", of("y")])).toBe(
		'# HELP a_total A.\n# TYPE a_total counter\na_total{database="x"} 1\na_total{database="y"} 1\n\n# HELP b B.\n# TYPE b gauge\nb{database="x"} 2\nb{database="y"} 2\n',
	);
});
