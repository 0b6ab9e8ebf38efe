import type { Subscription } from "../../../src/store/subscription.ts";
import { ConnectionLost, type Edge, send } from "./edge.ts";
import type { SimulatedServer } from "./server.ts";

/** Listens to channels on a session of its own. A notification is lost when its fate says so. */
export async function subscribe(
	edge: Edge,
	server: SimulatedServer,
	channels: readonly string[],
): Promise<Subscription> {
	const broken = Promise.withResolvers<Error>();
	let onNotification: (channel: string) => void = () => {};
	const hear = (channel: string) => {
		const { backMs } = edge.fate("notification");
		if (backMs !== Number.POSITIVE_INFINITY) edge.clock.after(backMs, () => onNotification(channel));
	};
	const execute = () => {
		const session = server.open({ onNotified: hear, onEnded: () => broken.resolve(new ConnectionLost()) });
		for (const channel of channels) session.channels.add(channel);
		return session;
	};
	const { pid } = await send(edge, server, { name: "listen", takesTurn: false, execute });
	return {
		sessionId: pid,
		broken: broken.promise,
		onNotification: (listener) => {
			onNotification = listener;
		},
		onSessionId: (listener) => listener(pid),
		close: () => {
			onNotification = () => {};
			server.end(pid, new Error("closed"));
		},
	};
}
