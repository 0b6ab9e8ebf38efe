/** What to do about each way in which a connection fails, by the driver's, Node's or PostgreSQL's code. */
const BY_CODE: Readonly<Record<string, string>> = {
	ECONNREFUSED: "nothing listens there; is it running, and are host and port right?",
	ENOTFOUND: "the host name does not resolve",
	EAI_AGAIN: "the host name cannot be resolved at the moment: is there a network, and a name server?",
	ETIMEDOUT: "the network does not answer: a firewall, a security group or a wrong address",
	EHOSTUNREACH: "there is no way to that host: a firewall, a VPN that is off or a wrong address",
	ENETUNREACH: "there is no way to that network: IPv6 only, or a VPN that is off?",
	ECONNRESET: "the connection was cut while it was made: a proxy or balancer in between, or TLS where none is spoken",
	ENOENT: "there is no socket of PostgreSQL in that directory; is it running?",
	DEPTH_ZERO_SELF_SIGNED_CERT:
		"the server's certificate vouches for itself: sslrootcert= names a file with it, sslmode=require does not check it",
	SELF_SIGNED_CERT_IN_CHAIN:
		"who issued the server's certificate is not known here: sslrootcert= names a file with the root certificate",
	UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		"who issued the server's certificate is not known here: sslrootcert= names a file with the root certificate",
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
		"who issued the server's certificate is not known here: sslrootcert= names a file with the root certificate",
	ERR_TLS_CERT_ALTNAME_INVALID:
		"the server's certificate is for another name: connect by that name, or use sslmode=verify-ca",
	CERT_HAS_EXPIRED: "the server's certificate has expired",
	"28P01": "the user or password in DATABASE_URL is wrong",
	"28000": "PostgreSQL does not let this user in from here (pg_hba.conf)",
	"3D000": "the database named in DATABASE_URL does not exist",
	"3F000": "the schema is not there yet: run reward-outbox migrate",
	"42P01": "the schema is not there or not up to date: run reward-outbox migrate",
	"42883": "the schema is not there or not up to date: run reward-outbox migrate",
	"42501": "this database user lacks a privilege: grant it one of the reward_outbox_… roles",
	"53300": "PostgreSQL has no connection left (max_connections)",
	"25006": "a standby cannot be written to: name the primary, or all servers with target_session_attrs=read-write",
	"57P03": "PostgreSQL is starting up or shutting down: it is worth trying again",
	"08P01":
		"this is not what PostgreSQL speaks: is it a pooler that refuses a parameter (options=), or another service?",
};

/** Where a code says too little, or there is none. */
const BY_WORDS: readonly (readonly [words: RegExp, advice: string])[] = [
	[/no encryption|SSL off/i, "this server lets nobody in without TLS: add sslmode=require to DATABASE_URL"],
	[/does not support SSL/i, "this server speaks no TLS: sslmode=disable, where the network in between is trusted"],
	[
		/password must be a string|no password supplied/i,
		"no password was given: in DATABASE_URL, PGPASSWORD or ~/.pgpass",
	],
	[/timeout expired|connection timeout/i, "it did not answer in time: a firewall, a security group or a wrong address"],
];

/** What to do about an error of connecting; null: nothing is known about it. */
export function connectionAdvice(error: unknown): string | null {
	const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
	const byWords = BY_WORDS.find(([words]) => words.test(String(message ?? "")));
	if (byWords !== undefined) return byWords[1];
	return BY_CODE[String(code ?? "")] ?? null;
}
