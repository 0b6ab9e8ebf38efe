import { expect, test } from "vitest";
import { until } from "../relay/running.ts";
import { createTestDatabase } from "../support/database.ts";
import { PROXY_LOGIN, startProxy, startTlsReceiver } from "../support/proxy.ts";
import { runCli, startCli } from "./run-cli.ts";

test("relay and doctor take the way that HTTPS_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS say, and tell nobody the proxy's password", async () => {
	await using database = await createTestDatabase();
	await using receiver = await startTlsReceiver();
	await using proxy = await startProxy();
	const env = {
		DATABASE_URL: database.url,
		REWARD_API_KEY: "sk_test_abc",
		REWARD_API_URL: `https://reward.test:${receiver.port}`,
		REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
		HTTPS_PROXY: proxy.url.href,
		NO_PROXY: "localhost,10.0.0.0/8",
		NODE_EXTRA_CA_CERTS: receiver.file,
		LOG_LEVEL: "trace",
	};
	const doctor = await runCli(["doctor"], env);
	expect(doctor.stdout).toContain(`https://reward.test:${receiver.port} takes connections through the proxy`);
	await database.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id) VALUES ('paid', 'user1')");
	const relay = startCli(["relay"], env);
	try {
		await until("the event has arrived", () => receiver.received.length === 1);
	} finally {
		relay.child.kill("SIGTERM");
	}
	const ended = await relay.ended;
	expect(ended.code).toBe(0);
	for (const asked of proxy.asked)
		expect(asked).toEqual({ target: `reward.test:${receiver.port}`, login: PROXY_LOGIN });

	const direct = await runCli(["doctor"], { ...env, NO_PROXY: "reward.test" });
	expect(direct.stdout).toMatch(/reward\.test:[0-9]+ can ?not be reached/);
	for (const { stdout, stderr } of [doctor, ended, direct]) expect(stdout + stderr).not.toMatch(/s3cret|c2hvcD/);
});
