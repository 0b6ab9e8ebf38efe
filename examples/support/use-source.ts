/**
 * `node --import` this: what an application gets from npm as `reward-outbox` is this checkout's source, without a
 * build.
 */
import { registerHooks } from "node:module";

const SOURCE = new URL("../../src/index.ts", import.meta.url).href;

registerHooks({
	resolve: (specifier, context, next) =>
		specifier === "reward-outbox" ? { url: SOURCE, shortCircuit: true } : next(specifier, context),
});
