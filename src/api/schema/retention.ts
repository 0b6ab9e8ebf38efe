import { type Static, type TSchema, Type } from "typebox";
import { RETAINED, type Retained } from "../../event/retained.ts";
import { exact, nullable } from "./parts.ts";

const HOUR_S = 3_600;
const MOST_S = 100 * 366 * 86_400;

function eachPolicy<Schema extends TSchema>(schema: (name: Retained) => Schema): Record<Retained, Schema> {
	return Object.fromEntries(RETAINED.map((name) => [name, schema(name)])) as Record<Retained, Schema>;
}

const description = (name: Retained) =>
	`Of ${name.replace("_", " ")}: seconds, from when it was written. Null: for ever.`;

export const Retention = Type.Object(
	eachPolicy((name) => nullable(Type.Number({ description: description(name) }))),
	{ $id: "Retention", description: "How long what is kept. Relays carry it out." },
);
export type Retention = Static<typeof Retention>;

export const RetentionChange = exact(
	eachPolicy((name) =>
		Type.Optional(nullable(Type.Integer({ minimum: HOUR_S, maximum: MOST_S, description: description(name) }))),
	),
	{ minProperties: 1 },
);
export type RetentionChange = Static<typeof RetentionChange>;
