package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	// With pgx v5 only the import path differs: github.com/jackc/pgx/v5.
	"github.com/jackc/pgx/v4"
)

var errDeclined = errors.New("card declined")

// purchase writes the order and its event, or neither.
func purchase(ctx context.Context, conn *pgx.Conn, id int, total string, pay func() error) error {
	return conn.BeginFunc(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO orders (id, customer_id, total) VALUES ($1, $2, $3::text::numeric)", id, "user123", total); err != nil {
			return err
		}
		payload := fmt.Sprintf(`{"value": %s}`, total)
		// Text on the way, jsonb in the table: the digits arrive as they were written.
		if _, err := tx.Exec(ctx, "INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ($1, $2, $3::text::jsonb)",
			"successful_payment", "user123", payload); err != nil {
			return err
		}
		return pay()
	})
}

func main() {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close(ctx)

	if err := purchase(ctx, conn, 1, "19.99", func() error { return nil }); err != nil {
		log.Fatal(err)
	}
	fmt.Println("committed: order 1 and its event")

	err = purchase(ctx, conn, 2, "5.00", func() error { return errDeclined })
	if !errors.Is(err, errDeclined) {
		log.Fatalf("expected the purchase to be declined, got %v", err)
	}
	fmt.Println("rolled back: order 2 and its event")
}
