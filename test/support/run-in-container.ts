/**
 * `npm run test:containers [-- filter …]`: the suite against PostgreSQL in a container. `TEST_POSTGRES_IMAGE` names the
 * image, or several separated by commas; default `postgres:15`. Exits 1 when a test fails or no Docker engine answers.
 */
import { PostgreSqlContainer } from "@testcontainers/postgresql";
import { getContainerRuntimeClient } from "testcontainers";
import { runSuite, type SuiteResult } from "./run-suite.ts";

const images = (process.env["TEST_POSTGRES_IMAGE"] || "postgres:15").split(",").map((image) => image.trim());

if (!(await isDockerReachable())) {
	console.error("test:containers needs a Docker engine, and none answers.");
	console.error("Start Docker or set DOCKER_HOST. The same tests run without it: npm test, npm run test:matrix");
	process.exit(1);
}

for (const image of images) {
	const result = await testOn(image, process.argv.slice(2));
	console.log(`${image}: ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`);
	if (!result.ok) process.exitCode = 1;
}

async function isDockerReachable(): Promise<boolean> {
	return getContainerRuntimeClient().then(
		() => true,
		() => false,
	);
}

async function testOn(image: string, filters: readonly string[]): Promise<SuiteResult> {
	await using container = await new PostgreSqlContainer(image)
		.withCommand(["postgres", "-c", "max_connections=300", "-c", "max_prepared_transactions=10", "-c", "fsync=off"])
		.start();
	return await runSuite({ TEST_DATABASE_URL: container.getConnectionUri() }, filters);
}
