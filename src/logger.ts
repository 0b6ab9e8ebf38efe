/**
 * What the rest of the code needs of a log. A pino logger is one, and an application that embeds the relay may pass
 * its own. The first argument holds the fields, the second the message.
 */
export type Logger = Readonly<
	Record<"trace" | "debug" | "info" | "warn" | "error" | "fatal", (fields: object, message: string) => void>
>;
