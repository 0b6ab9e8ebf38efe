/**
 * Renders the part of Helm's templates that the chart uses, so that what comes out can be held to the schemas where
 * Helm is not installed; where it is, a test compares the two. Whatever else a template uses is an error here.
 */
export interface Chart {
	readonly values: unknown;
	readonly release: string;
	readonly version: string;
	/** By path in the chart: what `.Files.Get` gives. */
	readonly files: Readonly<Record<string, string>>;
	/** By file name. */
	readonly templates: Readonly<Record<string, string>>;
}

type Node =
	| { readonly kind: "text"; readonly text: string }
	| { readonly kind: "value"; readonly words: readonly string[] }
	| { readonly kind: "let"; readonly name: string; readonly words: readonly string[] }
	| {
			readonly kind: "if" | "with" | "range";
			readonly head: readonly string[];
			readonly body: Block;
			readonly other: Block;
	  }
	| { readonly kind: "define"; readonly name: string; readonly body: Block };
type Block = readonly Node[];

interface Scope {
	readonly dot: unknown;
	readonly variables: Map<string, unknown>;
}

/** What each template becomes, by file name, without those that become nothing. */
export function renderChart({ values, release, version, files, templates }: Chart): Record<string, string> {
	const defined = new Map<string, Block>();
	const root = {
		Values: values,
		Release: { Name: release, Service: "Helm" },
		Chart: { AppVersion: version },
		Files: files,
	};
	const parsed = Object.entries(templates).map(([name, text]) => [name, parseTemplate(text)] as const);
	for (const [, nodes] of parsed)
		for (const node of nodes) if (node.kind === "define") defined.set(node.name, node.body);
	const scope: Scope = { dot: root, variables: new Map([["$", root]]) };
	const rendered = parsed.map(([name, nodes]) => [name, renderBlock(nodes, scope, defined)] as const);
	return Object.fromEntries(rendered.filter(([, text]) => text.trim() !== ""));
}

function parseTemplate(text: string): Block {
	const parts = text.split(/(\{\{.*?\}\})/s);
	const tokens = parts.map((part, n) =>
		part.startsWith("{{") ? { action: words(part) } : { text: trimmed(part, parts[n - 1], parts[n + 1]) },
	);
	let at = 0;
	const block = (): { nodes: Node[]; ended: string } => {
		const nodes: Node[] = [];
		while (at < tokens.length) {
			const token = tokens[at++];
			if (token === undefined) break;
			if ("text" in token) {
				nodes.push({ kind: "text", text: token.text });
				continue;
			}
			const [first = "", ...rest] = token.action;
			if (first === "end" || first === "else") return { nodes, ended: first };
			if (first === "if" || first === "with" || first === "range") {
				const { nodes: body, ended } = block();
				nodes.push({ kind: first, head: rest, body, other: ended === "else" ? block().nodes : [] });
			} else if (first === "define")
				nodes.push({ kind: "define", name: JSON.parse(rest[0] ?? ""), body: block().nodes });
			else if (rest[0] === ":=") nodes.push({ kind: "let", name: first, words: rest.slice(1) });
			else nodes.push({ kind: "value", words: token.action });
		}
		return { nodes, ended: "" };
	};
	return block().nodes;
}

function words(action: string): string[] {
	const inside = action.replace(/^\{\{-?|-?\}\}$/g, "");
	return inside.match(/"(?:\\.|[^"\\])*"|:=|\||,|[^\s|,]+/g) ?? [];
}

function trimmed(text: string, before = "", after = ""): string {
	const start = before.endsWith("-}}") ? text.trimStart() : text;
	return after.startsWith("{{-") ? start.trimEnd() : start;
}

function renderBlock(block: Block, scope: Scope, defined: ReadonlyMap<string, Block>): string {
	const inner = (body: Block, dot: unknown) => renderBlock(body, { dot, variables: new Map(scope.variables) }, defined);
	const evaluate = (list: readonly string[]) =>
		pipeline(list, scope, (name, dot) => {
			const body = defined.get(name);
			if (body === undefined) throw new Error(`nothing is defined as ${name}`);
			return renderBlock(body, { dot, variables: new Map([["$", dot]]) }, defined);
		});
	const render = (node: Node): string => {
		switch (node.kind) {
			case "text":
				return node.text;
			case "define":
				return "";
			case "let":
				scope.variables.set(node.name, evaluate(node.words));
				return "";
			case "value":
				return String(asHelmHasIt(evaluate(node.words)));
			case "range":
				return ranged(node, scope, evaluate, defined);
			case "if":
			case "with": {
				const value = evaluate(node.head);
				if (!isTrue(value)) return inner(node.other, scope.dot);
				return inner(node.body, node.kind === "with" ? value : scope.dot);
			}
			default:
				return node satisfies never;
		}
	};
	return block.map(render).join("");
}

function ranged(
	{ head, body }: { readonly head: readonly string[]; readonly body: Block },
	scope: Scope,
	evaluate: (list: readonly string[]) => unknown,
	defined: ReadonlyMap<string, Block>,
): string {
	const at = head.indexOf(":=");
	const names = head.slice(0, Math.max(at, 0)).filter((word) => word !== ",");
	const entries = Object.entries(evaluate(head.slice(at + 1)) as object);
	if (names.length > 0) entries.sort(([a], [b]) => (a < b ? -1 : 1));
	return entries
		.map(([name, value]) => {
			const variables = new Map([...scope.variables, [names[0] ?? "", name], [names[1] ?? "", value]]);
			return renderBlock(body, { dot: value, variables }, defined);
		})
		.join("");
}

function pipeline(list: readonly string[], scope: Scope, include: (name: string, dot: unknown) => string): unknown {
	let piped: unknown[] = [];
	for (const part of list.join("\u0000").split("\u0000|\u0000")) {
		const [first = "", ...rest] = part.split("\u0000");
		const arguments_ = [...rest.map((word) => operand(word, scope)), ...piped];
		piped = [/^[a-z]/.test(first) ? call(first, arguments_, include) : path(first, arguments_, scope)];
	}
	return piped[0];
}

function path(word: string, arguments_: readonly unknown[], scope: Scope): unknown {
	if (word !== ".Files.Get") return operand(word, scope);
	const found = (operand(".Files", scope) as Record<string, string>)[String(arguments_[0])];
	if (found === undefined) throw new Error(`the chart has no file ${arguments_[0]}`);
	return found;
}

function operand(word: string, { dot, variables }: Scope): unknown {
	if (word.startsWith('"')) return JSON.parse(word);
	if (/^\d+$/.test(word)) return Number(word);
	const [start = "", ...names] = word.split(".");
	const base = start === "" ? dot : variables.get(start);
	return names
		.filter((name) => name !== "")
		.reduce<unknown>((value, name) => {
			if (typeof value !== "object" || value === null || !(name in value)) throw new Error(`there is no ${word}`);
			return (value as Record<string, unknown>)[name];
		}, base);
}

function call(name: string, given: readonly unknown[], include: (name: string, dot: unknown) => string): unknown {
	const [first, second, third] = given;
	switch (name) {
		case "include":
			return include(String(first), second);
		case "nindent":
			return `\n${String(second).replace(/^/gm, " ".repeat(Number(first)))}`;
		case "quote":
			return JSON.stringify(String(asHelmHasIt(first)));
		case "int64":
			return BigInt(Math.trunc(Number(first)));
		case "toJson":
			return JSON.stringify(first);
		case "default":
			return isTrue(second) ? second : first;
		case "not":
			return !isTrue(first);
		case "eq":
			return first === second;
		case "printf":
			return String(first).replace("%s", String(second));
		case "trunc":
			return String(second).slice(0, Number(first));
		case "trimSuffix":
			return String(second).endsWith(String(first)) ? String(second).slice(0, -String(first).length) : second;
		case "replace":
			return String(third).replaceAll(String(first), String(second));
		case "required":
			if (!isTrue(second)) throw new Error(String(first));
			return second;
		default:
			throw new Error(`${name} is not known here`);
	}
}

/** As Go has it: what is empty is false. */
function isTrue(value: unknown): boolean {
	if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
	return Boolean(value);
}

/** Helm's numbers are floating: from a million on, Go writes them with an exponent. */
function asHelmHasIt(value: unknown): unknown {
	if (typeof value !== "number" || Math.abs(value) < 1e6) return value;
	const [digits, exponent = ""] = value.toExponential().split("e");
	return `${digits}e${exponent.replace(/^([+-])(\d)$/, "$10$2")}`;
}
