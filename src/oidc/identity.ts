import { PERSON_PREFIX } from "../access/person-session.ts";
import type { Identity } from "../access/token.ts";
import type { OidcConfig } from "../config/oidc-part.ts";
import { OidcProblem } from "./problem.ts";

export type Claims = Readonly<Record<string, unknown>>;

type Rules = Pick<OidcConfig, "nameClaim" | "roleClaim" | "operatorRoles" | "viewerRoles">;

const MAX_NAME_CHARACTERS = 120;
const MOST_ROLES_TOLD = 20;

/** Who somebody is here, by what the provider says of them. @throws OidcProblem */
export function identityOf(claims: Claims, rules: Rules): Identity {
	const name = nameOf(claims, rules.nameClaim);
	const roles = rolesOf(claims, rules.roleClaim);
	if (roles.some((role) => rules.operatorRoles.includes(role))) return { name, role: "operator" };
	if (rules.viewerRoles.includes("*") || roles.some((role) => rules.viewerRoles.includes(role))) {
		return { name, role: "viewer" };
	}
	const told = roles.length === 0 ? "nothing" : roles.slice(0, MOST_ROLES_TOLD).join(", ");
	throw new OidcProblem("no_role", `${name} has no role here: the claim ${rules.roleClaim} says ${told}`);
}

/** Whether everything that is asked for is among these claims. */
export function saysEnough(claims: Claims, { nameClaim, roleClaim }: Rules): boolean {
	return [nameClaim, roleClaim].every((claim) => claimOf(claims, claim) !== undefined);
}

/** An address that nobody has verified is what somebody typed, perhaps another's. */
function nameOf(claims: Claims, claim: string): string {
	const isVerified = claim !== "email" || claims["email_verified"] !== false;
	const given = isVerified ? claimOf(claims, claim) : undefined;
	const name = typeof given === "string" && given !== "" ? given : claims["sub"];
	if (typeof name === "string" && name.length <= MAX_NAME_CHARACTERS && /^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(name)) {
		return `${PERSON_PREFIX}${name}`;
	}
	throw new OidcProblem("no_name", `the claim ${claim} holds nothing by which somebody could go on record`);
}

/** A list, or one text with blanks or commas between them, as providers write it. */
function rolesOf(claims: Claims, claim: string): string[] {
	const value = claimOf(claims, claim);
	if (typeof value === "string") return [value, ...value.split(/[ ,]+/)].filter((role) => role !== "");
	return Array.isArray(value) ? value.filter((role) => typeof role === "string") : [];
}

/** A claim of that name, or, with dots, one inside others: Keycloak has `realm_access.roles`. */
function claimOf(claims: Claims, name: string): unknown {
	if (Object.hasOwn(claims, name)) return claims[name];
	let value: unknown = claims;
	for (const part of name.split(".")) {
		if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
		value = (value as Claims)[part];
	}
	return value;
}
