import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Check, fail, ok, reasonOf } from "./check.ts";

const CONNECT_TIMEOUT_MS = 5_000;

/** Whether a connection to Reward can be made, certificate included. Nothing is sent: every request could be an event. */
export async function checkRewardApi(url: URL): Promise<Check[]> {
	const startedAt = performance.now();
	try {
		await connected(url);
		return [
			ok(
				"reward_api",
				`${url.origin} takes connections (${Math.round(performance.now() - startedAt)} ms; nothing was sent)`,
			),
		];
	} catch (error) {
		const fix = "check REWARD_API_URL, the network, the firewall and, for https, the certificates";
		return [fail("reward_api", `${url.origin} can not be reached: ${reasonOf(error)}`, fix)];
	}
}

function connected(url: URL): Promise<void> {
	const isTls = url.protocol === "https:";
	const host = url.hostname.replace(/^\[|\]$/g, "");
	const port = Number(url.port || (isTls ? 443 : 80));
	return new Promise((resolve, reject) => {
		const socket: Socket = isTls ? connectTls({ host, port, servername: host }) : connect({ host, port });
		const end = (act: () => void) => {
			socket.destroy();
			act();
		};
		socket.setTimeout(CONNECT_TIMEOUT_MS, () =>
			end(() => reject(new Error(`no answer within ${CONNECT_TIMEOUT_MS} ms`))),
		);
		socket.once(isTls ? "secureConnect" : "connect", () => end(resolve));
		socket.once("error", (error) => end(() => reject(error)));
	});
}
