import type { HomeSession } from "./home-session.ts";
import type { Subscription } from "./subscription.ts";

/** Listens to channels on the connection that the statements use as well. */
export async function subscribeAtHome(home: HomeSession, channels: readonly string[]): Promise<Subscription> {
	const broken = Promise.withResolvers<Error>();
	let onNotification: (channel: string) => void = () => {};
	const unwatch = home.watch({
		heard: (channel) => onNotification(channel),
		ended: (reason) => {
			unwatch();
			broken.resolve(reason);
		},
	});
	try {
		await listen(home, channels);
	} catch (error) {
		unwatch();
		throw error;
	}
	return {
		get sessionId() {
			return home.processId;
		},
		broken: broken.promise,
		onNotification(listener) {
			onNotification = listener;
		},
		onSessionId(listener) {
			const { processId } = home;
			if (processId !== null) listener(processId);
		},
		close() {
			unwatch();
			broken.resolve(new Error("closed"));
			// It was deaf, or is not needed any more: the next one is another connection.
			home.drop(new Error("closed"));
		},
	};
}

async function listen(home: HomeSession, channels: readonly string[]): Promise<void> {
	const client = await home.lend(Number.MAX_SAFE_INTEGER);
	if (client === null) throw new Error("the connection is busy");
	try {
		await client.query(channels.map((channel) => `LISTEN ${channel}`).join("; "));
		client.release();
	} catch (error) {
		client.release(error as Error);
		throw error;
	}
}
