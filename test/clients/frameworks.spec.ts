import "reflect-metadata";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Body, Controller, Inject, Injectable, Module, Post } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import express from "express";
import fastify from "fastify";
import { createApp, createRouter, defineEventHandler, readBody, toNodeListener } from "h3";
import pg from "pg";
import { type ActionFunctionArgs, createStaticHandler } from "react-router";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emit } from "../../src/index.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { inPgTransaction } from "./pg-library.ts";

interface Order {
	readonly id: number;
	readonly customerId: string;
	readonly total: number;
}

const database = useTestDatabase();
let pool: pg.Pool;
const inTransaction = <T>(work: (client: pg.PoolClient) => Promise<T>) => inPgTransaction(pool, work);

beforeAll(async () => {
	pool = new pg.Pool({ connectionString: database.current.url, max: 4 });
	await pool.query("CREATE TABLE orders (id integer PRIMARY KEY, customer_id text, total numeric)");
});

afterAll(() => pool.end());

async function placeOrder(order: Order): Promise<void> {
	await inTransaction(async (client) => {
		await client.query("INSERT INTO orders VALUES ($1, $2, $3)", [order.id, order.customerId, order.total]);
		await emit(client, { trigger: "successful_payment", user: order.customerId, payload: { value: order.total } });
	});
}

const FRAMEWORKS: Readonly<Record<string, () => Promise<{ readonly url: string; close(): Promise<unknown> }>>> = {
	Express: async () => {
		const app = express();
		app.use(express.json());
		app.post("/orders", async (request, response) => {
			await placeOrder(request.body);
			response.status(201).end();
		});
		const server = app.listen(0, "127.0.0.1");
		return { url: await urlOf(server), close: () => closed(server) };
	},

	Fastify: async () => {
		const app = fastify();
		app.post<{ Body: Order }>("/orders", async (request, reply) => {
			await placeOrder(request.body);
			return reply.code(201).send();
		});
		return { url: await app.listen({ port: 0, host: "127.0.0.1" }), close: () => app.close() };
	},

	NestJS: async () => {
		@Injectable()
		class Orders {
			place(order: Order): Promise<void> {
				return placeOrder(order);
			}
		}

		@Controller("orders")
		class OrdersController {
			@Inject(Orders) private readonly orders!: Orders;

			@Post()
			async create(@Body() order: Order): Promise<void> {
				await this.orders.place(order);
			}
		}

		@Module({ controllers: [OrdersController], providers: [Orders] })
		class Shop {}

		const app = await NestFactory.create(Shop, { logger: false });
		await app.listen(0, "127.0.0.1");
		return { url: await app.getUrl(), close: () => app.close() };
	},

	Nuxt: async () => {
		// server/api/orders.post.ts
		const orders = defineEventHandler(async (event) => {
			await placeOrder(await readBody(event));
			return null;
		});
		const app = createApp().use(createRouter().post("/orders", orders));
		const server = createServer(toNodeListener(app)).listen(0, "127.0.0.1");
		return { url: await urlOf(server), close: () => closed(server) };
	},

	"React Router": async () => {
		// app/routes/orders.ts
		async function action({ request }: ActionFunctionArgs) {
			await placeOrder(await request.json());
			return new Response(null, { status: 201 });
		}
		const { queryRoute } = createStaticHandler([{ id: "orders", path: "/orders", action }]);
		const server = createServer(async (request, response) => {
			const body = Buffer.concat(await Array.fromAsync(request)).toString();
			const asked = new Request(`http://shop${request.url}`, { method: "POST", body });
			const answer = await queryRoute(asked).catch(() => new Response(null, { status: 500 }));
			response.writeHead(answer.status).end();
		}).listen(0, "127.0.0.1");
		return { url: await urlOf(server), close: () => closed(server) };
	},
};

async function urlOf(server: Server): Promise<string> {
	if (!server.listening) await once(server, "listening");
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server): Promise<void> {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
}

describe.each(Object.keys(FRAMEWORKS))("a route of %s", (name) => {
	test("has its order and its event committed when it answers, and neither when it fails", async () => {
		const shop = await (FRAMEWORKS[name] as (typeof FRAMEWORKS)[string])();
		const user = `customer of ${name}`;
		const id = Object.keys(FRAMEWORKS).indexOf(name);
		const post = () =>
			fetch(`${shop.url}/orders`, {
				method: "POST",
				headers: { "content-type": "application/json", connection: "close" },
				body: JSON.stringify({ id, customerId: user, total: 19.9 }),
			});
		const events = () =>
			database.current.query("SELECT payload::text FROM reward_outbox.events WHERE user_id = $1", [user]);
		try {
			expect((await post()).ok).toBe(true);
			expect((await events()).rows).toEqual([{ payload: '{"value": 19.9}' }]);
			// The same order again breaks the table's primary key.
			expect((await post()).status).toBe(500);
			expect((await events()).rowCount).toBe(1);
		} finally {
			await shop.close();
		}
	});
});
