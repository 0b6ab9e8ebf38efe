declare module "pg-8.16" {
	export { default } from "pg";
}
