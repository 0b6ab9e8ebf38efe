import { parseClaim, parseClientId, parseClientSecret, parseIssuer, parseRoles, parseScopes } from "./oidc-values.ts";
import { fileWith, text } from "./setting.ts";

const oidcClientSecret = text({
	variable: "REWARD_OUTBOX_OIDC_CLIENT_SECRET",
	meaning: "the secret of the console at that provider; sessions are signed with it",
	shownDefault: "required by OpenID Connect, or the file",
	parse: parseClientSecret,
	isSecret: true,
});

/** Signing in to the console with OpenID Connect. */
export const OIDC_SETTINGS = {
	oidcIssuer: text({
		variable: "REWARD_OUTBOX_OIDC_ISSUER",
		meaning: "an OpenID Connect provider with which people sign in to the console: docs/console.md",
		shownDefault: "none: tokens only",
		parse: parseIssuer,
	}),
	oidcClientId: text({
		variable: "REWARD_OUTBOX_OIDC_CLIENT_ID",
		meaning: "what the console is called at that provider",
		shownDefault: "required by OpenID Connect",
		parse: parseClientId,
	}),
	oidcClientSecret,
	oidcClientSecretFile: fileWith(oidcClientSecret),
	oidcScopes: text({
		variable: "REWARD_OUTBOX_OIDC_SCOPES",
		meaning: "what it is asked for, openid among it",
		shownDefault: "openid profile email",
		parse: parseScopes,
	}),
	oidcNameClaim: text({
		variable: "REWARD_OUTBOX_OIDC_NAME_CLAIM",
		meaning: "the claim by which a person goes on record; one that is missing or not verified: sub",
		shownDefault: "email",
		parse: parseClaim,
	}),
	oidcRoleClaim: text({
		variable: "REWARD_OUTBOX_OIDC_ROLE_CLAIM",
		meaning: "the claim that says who may do what; with dots, a claim inside claims",
		shownDefault: "groups",
		parse: parseClaim,
	}),
	oidcOperatorRoles: text({
		variable: "REWARD_OUTBOX_OIDC_OPERATOR_ROLES",
		meaning: "values of that claim, separated by commas, that make an operator",
		shownDefault: "nobody",
		parse: parseRoles,
	}),
	oidcViewerRoles: text({
		variable: "REWARD_OUTBOX_OIDC_VIEWER_ROLES",
		meaning: "values of that claim that make a viewer; * for everybody whom the provider lets in",
		shownDefault: "nobody",
		parse: parseRoles,
	}),
} as const;
