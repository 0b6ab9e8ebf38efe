/**
 * Why somebody was not signed in.
 *
 * - `unreachable`: the provider does not answer. `misconfigured`: it does not know us as we are configured, or says of
 *   itself what cannot be used.
 * - `refused`: it said no. `expired`: what began here is over, or began elsewhere. `invalid`: its answer does not hold.
 * - `no_role`, `no_name`: it vouches for somebody whom nothing here lets in, or who cannot be named.
 * - `busy`: too many are at it.
 */
export type OidcProblemCode =
	| "unreachable"
	| "misconfigured"
	| "refused"
	| "expired"
	| "invalid"
	| "no_role"
	| "no_name"
	| "busy";

/** Somebody was not signed in. The message is for the log: the provider's words may be in it, no secret is. */
export class OidcProblem extends Error {
	override readonly name = "OidcProblem";
	readonly code: OidcProblemCode;

	constructor(code: OidcProblemCode, message: string, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
	}
}
