/** What the tests use of it. It brings no declarations along. */
declare module "oidc-provider" {
	import type { IncomingMessage, ServerResponse } from "node:http";

	export default class Provider {
		constructor(issuer: string, configuration: object);
		callback(): (request: IncomingMessage, response: ServerResponse) => void;
	}
}
