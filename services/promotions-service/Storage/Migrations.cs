using Npgsql;
using PromotionsService.Promotions;

namespace PromotionsService.Storage;

/// <summary>Brings the schema `promotions` to this version. Safe to run at any time, also from several processes at once.</summary>
public static class Migrations
{
    /// <summary>Any number that no other program of this database uses.</summary>
    private const long AdvisoryLock = 8082;

    /// <summary>In order; a released one is never changed. Order IDs sort by code point, as pages of redemptions do.</summary>
    private static readonly string[] s_steps =
    [
        """
        create table promotions.coupons (
            code text primary key,
            discount_type text not null check (discount_type in ('percentage', 'fixed')),
            value bigint not null check (value > 0),
            min_amount_cents bigint not null check (min_amount_cents >= 0),
            max_uses integer not null,
            used integer not null default 0 check (used between 0 and max_uses)
        );
        create table promotions.redemptions (
            order_id text collate "C" primary key,
            coupon_code text not null references promotions.coupons (code),
            user_id text not null,
            redeemed_at timestamptz not null default now()
        );
        """,
    ];

    /// <returns>The version of the schema.</returns>
    public static async Task<int> RunAsync(NpgsqlDataSource database, IEnumerable<Coupon> coupons, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Others wait here until this transaction ends, then find that nothing is left to do.
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock({AdvisoryLock})", cancellationToken);
        await ExecuteAsync(connection,
            """
            create schema if not exists promotions;
            create table if not exists promotions.schema_version (version integer not null);
            insert into promotions.schema_version select 0 where not exists (select from promotions.schema_version);
            """, cancellationToken);
        await ApplyAsync(connection, cancellationToken);
        await SeedAsync(connection, coupons, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return s_steps.Length;
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(Sql.Ping.Text, connection);
        var version = (int)(await query.ExecuteScalarAsync(cancellationToken))!;
        foreach (var step in s_steps.Skip(version))
        {
            await ExecuteAsync(connection, $"{step} update promotions.schema_version set version = version + 1;", cancellationToken);
        }
    }

    private static async Task SeedAsync(NpgsqlConnection connection, IEnumerable<Coupon> coupons, CancellationToken cancellationToken)
    {
        foreach (var coupon in coupons)
        {
            await using var command = new NpgsqlCommand(
                """
                insert into promotions.coupons (code, discount_type, value, min_amount_cents, max_uses)
                values ($1, $2, $3, $4, $5) on conflict (code) do nothing
                """, connection);
            command.Parameters.AddRange(Parameters.Of(
                coupon.Code, Rows.Name(coupon.Type), coupon.Value, coupon.MinAmountCents, coupon.MaxUses));
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
