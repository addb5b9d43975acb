using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using PromotionsService.Promotions;

namespace PromotionsService.Http;

/// <summary>Finds the response to an exception.</summary>
public sealed class ExceptionProblems(ProblemWriter writer) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        await (exception switch
        {
            BadHttpRequestException { StatusCode: 400 } bad =>
                writer.RejectAsync(httpContext, Problem.ValidationFailed, [BodyError(bad.InnerException as JsonException)]),
            BadHttpRequestException bad => writer.RejectAsync(httpContext, Problem.Of(bad.StatusCode)),
            StoreUnavailableException => writer.UnavailableAsync(httpContext, exception),
            _ => writer.CrashAsync(httpContext, exception),
        });
        return true;
    }

    /// <summary>Names the member that can't be read. The exception's own message shows names of C# types.</summary>
    private static FieldError BodyError(JsonException? exception)
    {
        var member = exception?.Path is ['$', '.', .. var name] ? name : "";
        // A path may also have members that a caller made up.
        var isKnown = member.Length is > 0 and <= 32 && member.All(char.IsAsciiLetter);
        return exception switch
        {
            null => new("body", "is required"),
            { InnerException: JsonException } => new("body", "must be valid JSON"),
            _ when isKnown => new(member, "has the wrong type or is given twice"),
            _ => new("body", "must be a JSON object"),
        };
    }
}
