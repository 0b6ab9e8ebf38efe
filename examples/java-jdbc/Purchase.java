import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** java -cp postgresql.jar Purchase.java */
public class Purchase {
    public static void main(String[] args) throws SQLException {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);

            purchase(connection, 1, new BigDecimal("19.99"), () -> {});
            System.out.println("committed: order 1 and its event");

            try {
                purchase(connection, 2, new BigDecimal("5.00"), () -> { throw new IllegalStateException("card declined"); });
            } catch (IllegalStateException declined) {
                System.out.println("rolled back: order 2 and its event");
            }
        }
    }

    /** The order and its event, or neither. */
    static void purchase(Connection connection, int id, BigDecimal total, Runnable pay) throws SQLException {
        try {
            try (var order = connection.prepareStatement("INSERT INTO orders (id, customer_id, total) VALUES (?, ?, ?)")) {
                order.setInt(1, id);
                order.setString(2, "user123");
                order.setBigDecimal(3, total);
                order.executeUpdate();
            }
            try (var event = connection.prepareStatement(
                    // The cast: JDBC sends text, and PostgreSQL does not turn text into jsonb by itself.
                    "INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES (?, ?, ?::jsonb)")) {
                event.setString(1, "successful_payment");
                event.setString(2, "user123");
                event.setString(3, "{\"value\": " + total + "}");
                event.executeUpdate();
            }
            pay.run();
            connection.commit();
        } catch (SQLException | RuntimeException error) {
            connection.rollback();
            throw error;
        }
    }

    static Connection connect() throws SQLException {
        String url = "jdbc:postgresql://" + env("PGHOST") + ":" + env("PGPORT") + "/" + env("PGDATABASE");
        return DriverManager.getConnection(url, env("PGUSER"), env("PGPASSWORD"));
    }

    static String env(String name) {
        return System.getenv(name);
    }
}
