import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { uriOfEnvironment, withEnvironment } from "../../src/connection/environment.ts";
import { connectionUri, parseConnection } from "../../src/connection/parse.ts";

describe("what libpq takes", () => {
	test.each<[string, Record<string, string>]>([
		["postgres://app:p%40ss@db:5433/shop", { user: "app", password: "p@ss", host: "db", port: "5433", dbname: "shop" }],
		["postgresql://a,b/shop", { host: "a,b", dbname: "shop" }],
		["postgres://u@a:1,[::1]:2/d", { user: "u", host: "a,::1", port: "1,2", dbname: "d" }],
		["postgresql:///shop?host=/run/postgresql", { dbname: "shop", host: "/run/postgresql" }],
		["postgres://app@/shop?host=%2Frun", { user: "app", dbname: "shop", host: "/run" }],
		["postgres:///?service=mine", { service: "mine" }],
		["host=db port=5433 dbname=shop user=app", { host: "db", port: "5433", dbname: "shop", user: "app" }],
		["password = 'it\\'s \\\\ secret' host=db", { password: "it's \\ secret", host: "db" }],
		[
			"postgres://db/shop?sslmode=verify-full&sslrootcert=system",
			{ host: "db", dbname: "shop", sslmode: "verify-full", sslrootcert: "system" },
		],
		["postgres://db/shop?schema=public&connection_limit=5", { host: "db", dbname: "shop" }],
	])("%s", (text, parameters) => {
		expect(parseConnection(text)).toEqual(parameters);
	});

	test.each([
		"",
		"garbage",
		"mysql://a/b",
		"postgres://a:99999/b",
		"postgres://a:b:c@d/e",
		"postgres://a/b c",
		"hots=db",
		"host='a",
	])("%j is refused", (text) => {
		expect(parseConnection(text)).toBeNull();
	});

	test("parameters come back from the URI that is made of them", () => {
		const name = fc.constantFrom("host", "port", "dbname", "user", "password", "service", "sslrootcert", "options");
		const value = fc.string({ minLength: 1 }).filter((text) => text.isWellFormed() && !/\p{Cc}/u.test(text));
		const property = fc.property(fc.dictionary(name, value), (parameters) => {
			expect(parseConnection(connectionUri(parameters))).toEqual({ ...parameters });
		});
		fc.assert(property);
	});
});

describe("libpq's variables", () => {
	test("name a database alone", () => {
		const uri = uriOfEnvironment({ PGHOST: "db", PGUSER: "app", PGPASSWORD: "a b", PGDATABASE: "shop", PATH: "/bin" });
		expect(parseConnection(uri ?? "")).toEqual({ host: "db", user: "app", password: "a b", dbname: "shop" });
	});

	test("that only say how to connect name none", () => {
		expect(uriOfEnvironment({ PGUSER: "app", PGSSLMODE: "require" })).toBeNull();
	});

	test("fill in what a URL leaves out, and no more", () => {
		const environment = { PGSSLMODE: "require", PGTARGETSESSIONATTRS: "primary", PGHOST: "other" };
		const url = withEnvironment("postgres://db/shop?sslmode=disable", environment);
		expect(parseConnection(url)).toEqual({
			host: "db",
			dbname: "shop",
			sslmode: "disable",
			target_session_attrs: "primary",
		});
		expect(withEnvironment("postgres://db/shop", {})).toBe("postgres://db/shop");
	});
});
