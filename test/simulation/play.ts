import { operate } from "./operator.ts";
import type { RelayProcess } from "./relay-process.ts";
import type { Scene } from "./story.ts";
import type { World } from "./world.ts";

/** Until both sides of a connection on which nothing passes take note. */
const KEEPALIVES_MS = 2_000;

/** Has a scene happen. */
export function play(world: World, scene: Scene): void {
	(SCENES[scene.does] as (world: World, scene: Scene) => void)(world, scene);
}

type Of<Does extends Scene["does"]> = Extract<Scene, { does: Does }>;

/** What each kind of scene does to the world, and when that ends. */
const SCENES: { readonly [Does in Scene["does"]]: (world: World, scene: Of<Does>) => void } = {
	write,
	crash,
	stop,
	operate,
	freeze: (world, scene) =>
		onRelay(world, scene, "is about to freeze", ({ process }) => {
			process.afterCalls(scene.afterCalls, () => {
				world.note(
					`relay ${scene.relay}`,
					`relay ${scene.relay}`,
					`freezes${scene.withClock ? ", and its clock" : ""}`,
				);
				process.stand(scene.withClock);
				world.timeline.after(scene.ms, () => process.goOn());
			});
		}),
	cut: (world, scene) =>
		onRelay(world, scene, "is cut off from the database", ({ link, listening }) => {
			link.cut();
			if (scene.ms > KEEPALIVES_MS) world.timeline.after(KEEPALIVES_MS, () => listening.breakAll());
			world.timeline.after(scene.ms, () => link.clearUp());
		}),
	"slow link": (world, scene) =>
		onRelay(world, scene, "reaches the database slowly", ({ link }) => {
			link.slow(scene.times);
			world.timeline.after(scene.ms, () => link.clearUp());
		}),
	mishaps: (world, scene) => onRelay(world, scene, "will have mishaps", ({ link }) => link.expect(scene.mishaps)),
	"lose notifications": (world, scene) =>
		onRelay(world, scene, "hears no notifications", ({ link }) => link.loseNotifications(scene.count)),
	"break listener": (world, scene) =>
		onRelay(world, scene, "loses its listening connection", ({ listening }) => listening.breakAll()),
	"restart database": restartDatabase,
	"hang in a claim": (world, { ms }) => {
		world.note("database", "database", "a session hangs in a claim");
		world.timeline.after(ms, world.database.server.holdTurn());
	},
	"set clock": (world, { byMs }) => {
		world.note("database", "database", "has its clock set");
		world.setClock(byMs);
	},
	weather: (world, scene) => {
		world.note("Reward", "Reward", `answers: ${scene.weather}`);
		world.timeline.after(scene.ms, world.receiver.begin({ ...scene, triggerId: scene.trigger }));
	},
	trouble: (world, { trouble, share, ms }) => {
		world.note("Reward", "Reward", `the way there: ${trouble}`);
		world.timeline.after(ms, world.road.trouble(trouble, share));
	},
	"rotate key": rotateKey,
};

/** A transaction of the application. While the database is down it has none. */
function write(world: World, { events, holdMs, commits }: Of<"write">): void {
	const { database, book, timeline, story } = world;
	if (!database.server.isUp) return;
	const writer = database.begin();
	const ids = events.map((event) => {
		const { trigger: triggerId, user: userId, key: orderingKey, afterMs } = event;
		const deliverAfter = afterMs === null ? null : database.now + afterMs;
		const id = writer.insert({ triggerId, userId, orderingKey, deliverAfter });
		const atMostOnce = story.triggers.some((trigger) => trigger.id === triggerId && trigger.atMostOnce);
		book.inserted(id, event, atMostOnce, timeline.now);
		return id;
	});
	const numbers = book.numbers(ids);
	world.note("writers", "database", "INSERT", numbers);
	world.writers.add(writer);
	timeline.after(holdMs, () => {
		// A server that went down has rolled it back.
		if (!world.writers.delete(writer)) return;
		world.note("writers", "database", commits ? "COMMIT" : "ROLLBACK", numbers);
		if (!commits) return writer.rollback();
		book.commit(ids, timeline.now);
		writer.commit();
	});
}

function restartDatabase(world: World, { downMs }: Of<"restart database">): void {
	const { database, writers, timeline } = world;
	world.note("database", "database", "goes down");
	for (const writer of writers) writer.rollback();
	writers.clear();
	database.server.stop(new Error("terminating connection due to administrator command"));
	timeline.after(downMs, () => database.comeUp());
}

function crash(world: World, { relay: no, afterCalls, downMs }: Of<"crash">): void {
	onRelay(world, { relay: no }, "is about to crash", (relay) =>
		relay.process.afterCalls(afterCalls, () => {
			relay.crash();
			restart(world, no, downMs);
		}),
	);
}

function stop(world: World, { relay: no, graceMs, downMs }: Of<"stop">): void {
	onRelay(world, { relay: no }, "is told to stop", (relay) => {
		const again = () => restart(world, no, downMs);
		void relay.stop(graceMs).then(again);
		// Who manages processes kills what does not stop in time.
		world.timeline.after(graceMs + 5_000, () => {
			if (relay.process.isGone) return;
			relay.crash();
			again();
		});
	});
}

/** Unless another one runs in its place by then. */
function restart(world: World, no: number, downMs: number): void {
	const before = world.relays[no];
	world.timeline.after(downMs, () => {
		if (world.relays[no] === before) world.startRelay(no);
	});
}

function onRelay(
	world: World,
	{ relay: no }: { readonly relay: number },
	what: string,
	act: (relay: RelayProcess) => void,
): void {
	const relay = world.relays[no];
	if (relay === undefined || relay.process.isGone) return;
	world.note(`relay ${no}`, `relay ${no}`, what);
	act(relay);
}

function rotateKey(world: World, { fileMs }: Of<"rotate key">): void {
	const { timeline, receiver } = world;
	const key = `${world.key}1`;
	const change = () => {
		world.note("operator", "operator", "changes the key");
		world.key = key;
	};
	const require = () => {
		world.note("Reward", "Reward", "takes another key");
		receiver.rotateKey(key);
	};
	if (fileMs >= 0) require();
	else change();
	timeline.after(Math.abs(fileMs), fileMs >= 0 ? change : require);
}
