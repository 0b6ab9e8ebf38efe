import type pg from "pg";

interface Connection {
	sendCopyFromChunk(chunk: Buffer): void;
	endCopyFrom(): void;
}

/**
 * `COPY … FROM STDIN` on node-postgres, whose protocol layer can do it: a query object that answers when asked for
 * data.
 */
export function from(client: pg.Client, statement: string, data: string): Promise<void> {
	return new Promise<void>((resolve, reject) => {
		const query = {
			submit: (connection: { query(text: string): void }) => connection.query(statement),
			handleCopyInResponse: (connection: Connection) => {
				connection.sendCopyFromChunk(Buffer.from(data));
				connection.endCopyFrom();
			},
			// After an error node-postgres asks the query nothing further.
			handleError: reject,
			handleReadyForQuery: () => resolve(),
			handleCommandComplete: () => {},
			handleEmptyQuery: () => {},
			handlePortalSuspended: () => {},
			handleRowDescription: () => {},
			handleDataRow: () => {},
			handleCopyData: () => {},
		};
		client.query(query as unknown as pg.Submittable);
	});
}
