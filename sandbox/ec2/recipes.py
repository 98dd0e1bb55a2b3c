"""Image Builder's recipes, as far as they refer to images: nothing is built from them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Recipe
from sandbox.gateway import ApiError, Gateway, Request

SERVICE = "imagebuilder"
Perform = Callable[[Ec2, Request], dict[str, Any]]
OF_ACCOUNT = ("Self", None)


def install(gateway: Gateway, ec2: Ec2) -> None:
    """Let the gateway answer for recipes of images and of containers."""
    for kind in ("Image", "Container"):
        operations: dict[str, Perform] = {
            f"Create{kind}Recipe": partial(_create, kind),
            f"Delete{kind}Recipe": partial(_delete, kind),
            f"List{kind}Recipes": partial(_list, kind),
        }
        for name, operation in operations.items():
            gateway.operations[SERVICE, name] = partial(operation, ec2)


def _create(kind: str, ec2: Ec2, request: Request) -> dict[str, Any]:
    """CreateImageRecipe and CreateContainerRecipe: a name and version that there are not yet.

    Raises:
        ApiError: ResourceAlreadyExistsException.
    """
    given, recipes = request.parameters, ec2.region(request).recipes
    called = f"{kind.lower()}-recipe/{given['name'].lower().replace(' ', '-')}/{given['semanticVersion']}"
    arn = f"arn:aws:imagebuilder:{request.region}:{request.account}:{called}"
    if arn in recipes:
        raise ApiError("ResourceAlreadyExistsException", f"The resource {arn} already exists.")
    image = given["parentImage"] if kind == "Image" else (given.get("instanceConfiguration") or {}).get("image")
    recipes[arn] = Recipe(arn, given["name"], ec2.now(), given["parentImage"], image)
    return {"requestId": request.request_id, "clientToken": given.get("clientToken"), _arn_of(kind): arn}


def _delete(kind: str, ec2: Ec2, request: Request) -> dict[str, Any]:
    """DeleteImageRecipe and DeleteContainerRecipe. Unverified: the code for one that does not exist.

    Raises:
        ApiError: InvalidRequestException.
    """
    arn = request.parameters["imageRecipeArn"] if kind == "Image" else request.parameters["containerRecipeArn"]
    if ec2.region(request).recipes.pop(arn, None) is None:
        raise ApiError("InvalidRequestException", f"The resource {arn} does not exist.")
    return {"requestId": request.request_id, _arn_of(kind): arn}


def _list(kind: str, ec2: Ec2, request: Request) -> dict[str, Any]:
    """ListImageRecipes and ListContainerRecipes: all at once. The account's own are all there are."""
    found = ec2.region(request).recipes.values() if request.parameters.get("owner") in OF_ACCOUNT else ()
    shown = [
        {"arn": one.arn, "name": one.name, "owner": request.account, "parentImage": one.parent, "dateCreated": one.created.isoformat()}
        | ({"instanceImage": one.image} if kind == "Container" and one.image else {})
        for one in found
        if f":{kind.lower()}-recipe/" in one.arn
    ]
    return {"requestId": request.request_id, f"{kind.lower()}RecipeSummaryList": shown}


def _arn_of(kind: str) -> str:
    return f"{kind.lower()}RecipeArn"
