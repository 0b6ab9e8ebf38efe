import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1";
import { PodMonitor, PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import { Deployment } from "kubernetes-models/apps/v1";
import { Job } from "kubernetes-models/batch/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { ConfigMap, Service, ServiceAccount } from "kubernetes-models/v1";
import { ROOT } from "./documented.ts";

export interface Manifest {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
	// biome-ignore lint/suspicious/noExplicitAny: what a test looks at is in there somewhere, and the schemas have checked it
	readonly spec?: any;
	readonly data?: Readonly<Record<string, string>>;
}

/** The schemas of the kinds that deploy/ has, and where their types are. */
const MODELS = {
	Deployment: [Deployment, "kubernetes-models/apps/v1"],
	Job: [Job, "kubernetes-models/batch/v1"],
	NetworkPolicy: [NetworkPolicy, "kubernetes-models/networking.k8s.io/v1"],
	PodDisruptionBudget: [PodDisruptionBudget, "kubernetes-models/policy/v1"],
	Service: [Service, "kubernetes-models/v1"],
	ServiceAccount: [ServiceAccount, "kubernetes-models/v1"],
	ConfigMap: [ConfigMap, "kubernetes-models/v1"],
	PodMonitor: [PodMonitor, "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1"],
	PrometheusRule: [PrometheusRule, "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1"],
	ScaledObject: [ScaledObject, "@kubernetes-models/keda/keda.sh/v1alpha1"],
} as const;

type Kind = keyof typeof MODELS;

/** What the schema says against it; null: nothing. */
export function schemaProblem(manifest: Manifest): string | null {
	const found = MODELS[manifest.kind as Kind];
	if (found === undefined) return `no schema for ${manifest.kind}`;
	const [Model] = found;
	const { apiVersion, kind, metadata: _, ...rest } = manifest;
	if (Model.apiVersion !== apiVersion || Model.kind !== kind)
		return `${kind} is ${Model.apiVersion}, not ${apiVersion}`;
	try {
		new Model({ metadata: manifest.metadata, ...rest } as never).validate();
		return null;
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
}

/**
 * Fields that do not exist, which schemas let pass and a server drops: the compiler finds them in literals of the types
 * that were made from the same schemas. Empty: there are none.
 */
export async function unknownFields(manifests: readonly Manifest[]): Promise<string> {
	const cache = join(ROOT, "node_modules/.cache");
	await mkdir(cache, { recursive: true });
	const folder = await mkdtemp(join(cache, "manifests-"));
	try {
		const file = join(folder, "manifests.ts");
		await writeFile(file, manifests.map(asLiteral).join("\n"));
		const flags = ["--ignoreConfig", "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--types", ""];
		const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
		const { stdout } = await promisify(execFile)(process.execPath, [tsc, ...flags, file]).catch((error) => error);
		return stdout;
	} finally {
		await rm(folder, { recursive: true });
	}
}

function asLiteral(manifest: Manifest, n: number): string {
	const [, from] = MODELS[manifest.kind as Kind];
	const type = `I${manifest.kind}`;
	return `import type { ${type} as T${n} } from ${JSON.stringify(from)};\nexport const m${n}: T${n} = ${JSON.stringify(manifest)};`;
}
