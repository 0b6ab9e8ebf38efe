import { BlockList, isIP } from "node:net";
import type { Parse } from "./value.ts";

/** Which hosts are reached without a proxy, as NO_PROXY lists them. */
export type NoProxy = string;

/** Takes whatever is there: the variable is written for many programs, and what one does not know another may. */
export const parseNoProxy: Parse<NoProxy> = (text) => ({ value: text });

/**
 * Whether a URL is one of those. A name stands for itself and everything below it, with or without a leading dot or
 * `*.`; an entry may end in a port; addresses may be networks.
 */
export function isWithoutProxy(url: URL, noProxy: NoProxy): boolean {
	const entries = noProxy
		.toLowerCase()
		.split(/[\s,]+/)
		.filter((entry) => entry !== "");
	const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
	const port = url.port || (url.protocol === "https:" ? "443" : "80");
	return entries.some((entry) => entry === "*" || matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
	const [wanted, atPort = port] = placeOf(entry);
	if (atPort !== port) return false;
	if (isIP(host) !== 0) return isInNetwork(wanted, host);
	const name = wanted.replace(/^\*?\./, "").replace(/\.$/, "");
	return name !== "" && (host === name || host.endsWith(`.${name}`));
}

/** Host and port of `host`, `host:1`, `[::1]:1` or `::1`, which has no port. */
function placeOf(entry: string): [host: string, port?: string] {
	const end = entry.startsWith("[") ? entry.indexOf("]") : -1;
	const host = end < 0 ? entry : entry.slice(1, end);
	const colon = entry.indexOf(":", end + 1);
	const port = entry.slice(colon + 1);
	if (colon < 0 || !/^[0-9]+$/.test(port)) return [host];
	return [end < 0 ? entry.slice(0, colon) : host, port];
}

function isInNetwork(network: string, address: string): boolean {
	const [base = "", digits] = network.split("/");
	const family = isIP(base);
	const longest = family === 4 ? 32 : 128;
	const length = digits === undefined ? longest : Number(digits);
	if (family === 0 || !(Number.isInteger(length) && length >= 0 && length <= longest)) return false;
	const list = new BlockList();
	const type = family === 4 ? "ipv4" : "ipv6";
	list.addSubnet(base, length, type);
	return list.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}
