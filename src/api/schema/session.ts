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
		name: Type.String({
			description: "Who acts: the token's name, or of OpenID Connect `oidc:` and what the provider calls them.",
			examples: ["anna", "oidc:anna@example.com"],
		}),
		role: Role,
		by: Type.Enum(["token", "oidc"], { description: "How they signed in: with a token, or with OpenID Connect." }),
		expires_at: nullable(
			time("When the session ends by itself. Null: signed in by a Bearer token, which does not end."),
		),
		may_act: Type.Boolean({
			description:
				"Whether anything but reading is possible: an operator, and a database user of the console that may decide.",
		}),
		version: Type.String({ description: "The version of reward-outbox that answers.", examples: ["1.0.0"] }),
		many_databases: Type.Boolean({
			description: "Whether consoles of other databases are served beside this one: docs/many-databases.md.",
		}),
	},
	{ $id: "Session", description: "Who is signed in." },
);
export type Session = Static<typeof Session>;

export const WaysIn = Type.Object(
	{
		token: Type.Boolean({ description: "With a token." }),
		provider: nullable(
			Type.String({
				description: "With OpenID Connect, at this host: begin at `/api/v1/session/oidc`. Null: not in this way.",
				examples: ["login.example.com"],
			}),
		),
	},
	{ $id: "WaysIn", description: "How people can sign in." },
);
export type WaysIn = Static<typeof WaysIn>;

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
