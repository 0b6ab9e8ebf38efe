import { isLoopback, type Parse } from "./value.ts";

/** As they stand in what the provider says of itself: compared character by character. */
export const parseIssuer: Parse<URL> = (text) => {
	const expected =
		"expected https://… as the provider calls itself, or http: for loopback; without user, password, query and fragment";
	if (!/^https?:\/\/[^\s\\?#@]+$/i.test(text)) return { expected };
	const url = URL.parse(text);
	if (url === null || (url.protocol === "http:" && !isLoopback(url.hostname))) return { expected };
	return { value: url };
};

export const parseClientId: Parse<string> = (text) =>
	/^[ -~]{1,255}$/.test(text)
		? { value: text }
		: { expected: "expected one line of visible ASCII characters (255 at most)" };

/** Long enough that nobody finds it by trying what it signs. */
export const parseClientSecret: Parse<string> = (text) =>
	/^[!-~]{20,1024}$/.test(text)
		? { value: text }
		: { expected: "expected a secret of 20 to 1024 visible ASCII characters without blanks" };

export const parseScopes: Parse<readonly string[]> = (text) => {
	const scopes = text.split(/[ ,]+/).filter((scope) => scope !== "");
	return scopes.includes("openid") && text.length <= 500 && scopes.every((scope) => /^[!#-[\]-~]+$/.test(scope))
		? { value: scopes }
		: { expected: "expected scopes separated by blanks, openid among them, such as openid profile email" };
};

export const parseClaim: Parse<string> = (text) =>
	/^[!-~]{1,200}$/.test(text)
		? { value: text }
		: { expected: "expected the name of a claim, such as groups, realm_access.roles or https://example.com/roles" };

export const parseRoles: Parse<readonly string[]> = (text) => {
	const roles = text.split(",").map((role) => role.trim());
	return roles.length <= 100 && roles.every((role) => /^[^\p{Cc}]{1,200}$/u.test(role))
		? { value: roles }
		: { expected: "expected values separated by commas, 100 at most, such as outbox-operators,sre" };
};
