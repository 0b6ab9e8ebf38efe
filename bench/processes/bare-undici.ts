// The limit: the same requests by undici's Pool.request, nothing else.
import { assignment } from "./assignment.ts";
import { post } from "./deliver.ts";

const KEY = "0197f5a2-7c1e-7000-8000-000000000000";
let next = 0;

async function lane(): Promise<void> {
	while (next < assignment.events) await post("bench", `u${next++}`, KEY, '{"value": 19.99}');
}

await Promise.all(Array.from({ length: assignment.concurrency }, lane));
process.on("SIGTERM", () => process.exit());
setInterval(() => {}, 1_000);
