import { Connector } from "../connection/connector.ts";
import { type Check, fail, ok, reasonOf } from "./check.ts";

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Whether a connection to Reward can be made, certificate included. Nothing is sent: every request could be an event.
 */
export async function checkRewardApi(url: URL, proxy: URL | null): Promise<Check[]> {
	const startedAt = performance.now();
	try {
		await connected(url, proxy);
		return [
			ok(
				"reward_api",
				`${url.origin} takes connections${proxy === null ? "" : " through the proxy"} (${Math.round(performance.now() - startedAt)} ms; nothing was sent)`,
			),
		];
	} catch (error) {
		const fix = "check REWARD_API_URL, HTTPS_PROXY, the network, the firewall and, for https, the certificates";
		return [fail("reward_api", `${url.origin} cannot be reached: ${reasonOf(error)}`, fix)];
	}
}

/** By the way that a relay's requests take. */
function connected({ protocol, hostname, port, host }: URL, proxy: URL | null): Promise<void> {
	const connector = new Connector(CONNECT_TIMEOUT_MS, proxy);
	return new Promise((resolve, reject) => {
		connector.open({ protocol, hostname: hostname.replace(/^\[|\]$/g, ""), port, host }, (error, socket) => {
			socket?.destroy();
			if (error === null) resolve();
			else reject(error);
		});
	});
}
