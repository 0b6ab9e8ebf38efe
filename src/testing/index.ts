/** What an application's tests need: a stand-in for Reward that runs in the test's own process. */
export { OutboxError } from "../errors.ts";
export { type Sandbox, type SandboxOptions, startSandbox } from "../sandbox/sandbox.ts";
