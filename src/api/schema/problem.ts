import { type Static, Type } from "typebox";

/** An error answer, `application/problem+json` (RFC 9457). */
export const Problem = Type.Object(
	{
		type: Type.String({ description: "Names the kind of problem.", examples: ["urn:reward-outbox:problem:not_found"] }),
		title: Type.String({ description: "The kind of problem in words.", examples: ["Not found"] }),
		status: Type.Integer({ description: "The HTTP status.", examples: [404] }),
		detail: Type.String({ description: "What happened, for a person." }),
		code: Type.String({ description: "The kind of problem, for a program. Does not change.", examples: ["not_found"] }),
		hint: Type.Optional(Type.String({ description: "What to do about it." })),
		errors: Type.Optional(
			Type.Array(
				Type.Object({
					field: Type.String({ description: "Where: `query/limit`, `body/reason`.", examples: ["query/limit"] }),
					rule: Type.String({ description: "What was expected there.", examples: ["must be at most 200"] }),
				}),
				{ description: "Everything that is wrong with the request." },
			),
		),
	},
	{ $id: "Problem", description: "An error answer (RFC 9457)." },
);
export type Problem = Static<typeof Problem>;
