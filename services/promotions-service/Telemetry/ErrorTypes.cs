using Npgsql;
using PromotionsService.Promotions;

namespace PromotionsService.Telemetry;

/// <summary>Values of error.type, of which there are few: a SQLSTATE, else the class of the cause.</summary>
public static class ErrorTypes
{
    public static string Of(Exception exception) => exception switch
    {
        StoreUnavailableException { InnerException: { } cause } => Of(cause),
        PostgresException postgres => postgres.SqlState,
        NpgsqlException { InnerException: { } cause } => Of(cause),
        _ => exception.GetType().FullName!,
    };
}
