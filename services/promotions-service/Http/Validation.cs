using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace PromotionsService.Http;

/// <summary>Checks the rules of a request's members and names everything that is wrong at once.</summary>
public sealed class ValidationFilter<TRequest> : IEndpointFilter
    where TRequest : notnull
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.Arguments.OfType<TRequest>().Single();
        var violations = new List<ValidationResult>();
        if (Validator.TryValidateObject(request, new ValidationContext(request), violations, validateAllProperties: true))
        {
            return await next(context);
        }

        return new ProblemResult(Problem.ValidationFailed, [.. violations.Select(ToFieldError)]);
    }

    private static FieldError ToFieldError(ValidationResult violation) =>
        new(JsonNamingPolicy.CamelCase.ConvertName(violation.MemberNames.Single()), violation.ErrorMessage!);
}
