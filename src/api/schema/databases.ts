import { type Static, Type } from "typebox";
import { EventRow } from "./events.ts";
import { count, exact, named, nullable } from "./parts.ts";

export const DatabaseList = Type.Object(
	{
		databases: Type.Array(
			Type.Object({
				name: Type.String({ description: "As the file with the databases calls it." }),
				paused: Type.Boolean({ description: "The file says that nothing of it is sent." }),
			}),
		),
	},
	{ $id: "DatabaseList", description: "The databases whose consoles are served here, by name." },
);
export type DatabaseList = Static<typeof DatabaseList>;

export const DatabaseSearchQuery = exact({
	q: Type.String({
		minLength: 1,
		maxLength: 1024,
		description: "What a person typed: an id or its beginning, a user, a key, a trigger, a value of the metadata.",
	}),
});

export const DatabaseSearch = Type.Object(
	{
		found: Type.Array(
			Type.Object({
				database: Type.String(),
				events: Type.Array(named(EventRow), { description: "Newest first, five at most." }),
				more: Type.Boolean({ description: "There are more: search in the database itself." }),
			}),
			{ description: "Databases in which something was found." },
		),
		failed: Type.Array(Type.Object({ database: Type.String(), code: nullable(Type.String()) }), {
			description: "Databases that could not be searched.",
		}),
		searched: count("How many databases were searched."),
	},
	{ $id: "DatabaseSearch", description: "What was found in all databases." },
);
export type DatabaseSearch = Static<typeof DatabaseSearch>;
