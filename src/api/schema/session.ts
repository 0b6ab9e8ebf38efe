import { type Static, Type } from "typebox";
import { exact, nullable, time } from "./parts.ts";

const Role = Type.Enum(["viewer", "operator"], {
	description: "viewer: everything that only reads. operator: everything.",
});

export const SessionRequest = exact({
	token: Type.String({ minLength: 1, maxLength: 1024, description: "One of the console's tokens." }),
});
export type SessionRequest = Static<typeof SessionRequest>;

export const Session = Type.Object(
	{
		name: Type.String({ description: "The token's name: who acts.", examples: ["anna"] }),
		role: Role,
		expires_at: nullable(
			time("When the session ends by itself. Null: signed in by a Bearer token, which does not end."),
		),
		may_act: Type.Boolean({
			description:
				"Whether anything but reading is possible: an operator, and a database user of the console that may decide.",
		}),
		version: Type.String({ description: "The version of reward-outbox that answers.", examples: ["1.0.0"] }),
	},
	{ $id: "Session", description: "Who is signed in." },
);
export type Session = Static<typeof Session>;

export const Preferences = Type.Object(
	{
		preferences: Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 8000 }), {
			maxProperties: 40,
			description: "What a person set in the console, as the page wrote it.",
		}),
	},
	{ $id: "Preferences", additionalProperties: false },
);
export type Preferences = Static<typeof Preferences>;
