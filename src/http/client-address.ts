import { BlockList, isIP } from "node:net";

/** Whether a connection from this address is a proxy of ours, whose word about where a request comes from counts. */
export type IsTrusted = (address: string) => boolean;

/** @param networks addresses (`10.0.0.7`) and networks (`10.0.0.0/8`, `fd00::/8`) that were checked before */
export function trustedProxies(networks: readonly string[]): IsTrusted {
	const list = new BlockList();
	for (const network of networks) {
		const [address = "", bits] = network.split("/");
		const family = isIP(address) === 6 ? "ipv6" : "ipv4";
		if (bits === undefined) list.addAddress(address, family);
		else list.addSubnet(address, Number(bits), family);
	}
	return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/**
 * Where a request comes from: behind proxies that are trusted, the last address that they did not name themselves. What
 * stands further to the left in X-Forwarded-For anybody may have written.
 */
export function clientAddress(
	remote: string | undefined,
	forwardedFor: string | string[] | undefined,
	isTrusted: IsTrusted,
): string {
	const hops = [forwardedFor ?? []].flat().join(",").split(",");
	let address = plainAddress(remote) ?? "";
	while (isTrusted(address)) {
		const hop = plainAddress(hops.pop()?.trim());
		if (hop === undefined || isIP(hop) === 0) break;
		address = hop;
	}
	return address;
}

/** IPv4 connections to a socket of both families show as `::ffff:10.0.0.1`. */
export function plainAddress(address: string | undefined): string | undefined {
	return address?.toLowerCase().replace(/^::ffff:(?=[0-9.]+$)/, "");
}
