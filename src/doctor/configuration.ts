import { type Environment, withoutUnknown } from "../config/environment.ts";
import { fillFromFiles, loadConfig, namedSecretFiles } from "../config/load.ts";
import { loadRewardApiKey, loadWebhookToken, secretFiles } from "../config/secret-file.ts";
import { ALL_SETTINGS, REWARD_API_URL } from "../config/settings.ts";
import { readableByAll } from "../config/small-file.ts";
import { loadTokens } from "../config/tokens-file.ts";
import { isLoopback } from "../config/value.ts";
import { type ConfigPart, type ConfigResult, RELAY_PARTS, readConfig } from "../config.ts";
import { ConfigurationError, type ConfigurationProblem } from "../errors.ts";
import { keyKind } from "../reward/credentials.ts";
import { packageVersion } from "../version.ts";
import { type Check, fail, ok, reasonOf, warn } from "./check.ts";

/** Everything that is wrong with the environment of a relay, and what is odd about it. */
export async function checkConfiguration(environment: Environment): Promise<Check[]> {
	const { environment: filled } = await fillFromFiles(environment, RELAY_PARTS);
	const problems = [...(await configProblems(environment)), ...(await secretProblems(filled))];
	const wrong = problems.map((problem) =>
		fail("configuration", `${problem.variable}: ${problem.message}`, remedy(problem)),
	);
	return [
		...(wrong.length === 0 ? [ok("configuration", "every variable of a relay is in order")] : wrong),
		...(await checkKey(filled)),
		...checkLease(filled),
		...checkAdminToken(filled),
		...(await checkOidc(filled)),
		...(await checkSecretFiles(environment)),
	];
}

/** As a relay would find them. */
async function configProblems(environment: Environment): Promise<readonly ConfigurationProblem[]> {
	try {
		await loadConfig(environment, RELAY_PARTS);
		return [];
	} catch (error) {
		if (error instanceof ConfigurationError) return error.problems;
		throw error;
	}
}

function remedy({ variable }: ConfigurationProblem): string {
	const setting = ALL_SETTINGS.find((candidate) => candidate.variable === variable);
	const what = setting === undefined ? variable : `${variable} (${setting.meaning}; default: ${setting.shownDefault})`;
	return `correct ${what}; a relay does not start like this`;
}

/** The named parts, if they alone are usable, whatever is wrong with others. */
export function usableConfig<P extends ConfigPart>(environment: Environment, parts: readonly P[]): ConfigResult<P> {
	return readConfig(withoutUnknown(environment), parts);
}

/** What is in the files. That a variable is wrong by itself is reported elsewhere. */
async function secretProblems(environment: Environment): Promise<readonly ConfigurationProblem[]> {
	const [reward, http] = [usableConfig(environment, ["reward"]), usableConfig(environment, ["http"])];
	const webhook = usableConfig(environment, ["webhook"]);
	const readings = await Promise.allSettled([
		reward.ok ? loadRewardApiKey(reward.config) : null,
		http.ok ? loadTokens(http.config) : null,
		webhook.ok ? loadWebhookToken(webhook.config) : null,
	]);
	return readings.flatMap((reading) =>
		reading.status === "rejected" && reading.reason instanceof ConfigurationError ? reading.reason.problems : [],
	);
}

async function checkKey(environment: Environment): Promise<Check[]> {
	const reward = usableConfig(environment, ["reward"]);
	if (!reward.ok) return [];
	const key = await loadRewardApiKey(reward.config).catch(() => null);
	if (key === null) return [];
	const { rewardApiUrl: url } = reward.config;
	const kind = keyKind(key);
	const isProduction = url.origin === REWARD_API_URL;
	if (kind === "unknown") {
		return [
			warn("api_key", "the API key begins with neither sk_test_ nor sk_live_", "make sure that it is Reward's key"),
		];
	}
	if (kind === "live" && !isProduction) {
		const where = isLoopback(url.hostname) ? "this machine" : url.origin;
		return [
			warn(
				"api_key",
				`a live key is sent to ${where}, which is not Reward`,
				"use a sk_test_ key, or unset REWARD_API_URL",
			),
		];
	}
	if (kind === "test" && isProduction) {
		return [warn("api_key", "a test key: nobody is rewarded for real", "use a sk_live_ key in production")];
	}
	return [ok("api_key", kind === "live" ? "a live key for Reward itself" : `a test key for ${url.origin}`)];
}

function checkLease(environment: Environment): Check[] {
	const delivery = usableConfig(environment, ["delivery"]);
	if (!delivery.ok) return [];
	const { leaseMs, requestTimeoutMs } = delivery.config;
	return [
		ok(
			"lease",
			`a lease of ${leaseMs} ms outlives an attempt of ${requestTimeoutMs} ms by ${leaseMs - requestTimeoutMs} ms`,
		),
	];
}

/** Whether people can be sent to the provider. Nobody is. */
async function checkOidc(environment: Environment): Promise<Check[]> {
	const http = usableConfig(environment, ["http"]);
	if (!http.ok || http.config.oidc === undefined) return [];
	const { oidc } = http.config;
	const userAgent = `reward-outbox/${packageVersion()}`;
	const { Provider } = await import("../oidc/provider.ts");
	try {
		await new Provider({ config: oidc, userAgent, wallClock: () => Date.now() }).begin("/");
		return [ok("oidc", `${oidc.issuer.host} can be signed in with`)];
	} catch (error) {
		const fix = "check REWARD_OUTBOX_OIDC_ISSUER, HTTPS_PROXY, NO_PROXY, the network and the certificates";
		return [fail("oidc", `nobody can sign in with ${oidc.issuer.host}: ${reasonOf(error)}`, fix)];
	}
}

async function checkSecretFiles(environment: Environment): Promise<Check[]> {
	const [reward, http] = [usableConfig(environment, ["reward"]), usableConfig(environment, ["http"])];
	const webhook = usableConfig(environment, ["webhook"]);
	const files = secretFiles({
		...(reward.ok ? reward.config : {}),
		...(http.ok ? http.config : {}),
		...(webhook.ok ? webhook.config : {}),
	});
	const open = await readableByAll([...files, ...namedSecretFiles(environment)]);
	return open.map(({ variable }) =>
		warn(
			"secret_files",
			`the file that ${variable} names can be read by every user of this machine`,
			"chmod 600 it, for the user that runs the relay; in Kubernetes: defaultMode: 0400",
		),
	);
}

function checkAdminToken(environment: Environment): Check[] {
	const http = usableConfig(environment, ["http"]);
	if (!http.ok) return [];
	const { adminToken, adminTokenFile, tokensFile, oidc } = http.config;
	if ([adminToken, adminTokenFile, tokensFile, oidc].some((source) => source !== undefined)) return [];
	const off = "not set: the relay serves its health, but neither metrics nor the console";
	return [
		ok(
			"admin_token",
			`${off} (REWARD_OUTBOX_ADMIN_TOKEN, REWARD_OUTBOX_TOKENS_FILE or REWARD_OUTBOX_OIDC_ISSUER turns them on)`,
		),
	];
}
