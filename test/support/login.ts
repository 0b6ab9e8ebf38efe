import pg from "pg";

/** The same database by a role that a test has made. */
export function urlFor(url: string, role: string, password = "x"): string {
	const theirs = new URL(url);
	[theirs.username, theirs.password] = [role, password];
	return theirs.href;
}

/** One session of that role. */
export async function asRole<T>(url: string, role: string, use: (db: pg.Client) => Promise<T>): Promise<T> {
	const client = new pg.Client({ connectionString: urlFor(url, role) });
	await client.connect();
	try {
		return await use(client);
	} finally {
		await client.end();
	}
}
